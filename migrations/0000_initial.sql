CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`hash` text NOT NULL,
	`prefix` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer,
	`last_used_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash_unique` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_user` ON `api_keys` (`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `files` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`upload_id` text,
	`ordinal` integer NOT NULL,
	`name` text NOT NULL,
	`content_type` text NOT NULL,
	`declared_bytes` integer,
	`size_bytes` integer,
	`object_key` text NOT NULL,
	`etag` text,
	`format` text,
	`compression` text,
	`status` text NOT NULL,
	`problem` text,
	`remarks` text,
	`reject_count` integer DEFAULT 0 NOT NULL,
	`rejects_key` text,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action,
	FOREIGN KEY (`upload_id`) REFERENCES `uploads`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `files_object_key_unique` ON `files` (`object_key`);--> statement-breakpoint
CREATE UNIQUE INDEX `files_upload_name` ON `files` (`upload_id`,`name`);--> statement-breakpoint
CREATE INDEX `files_user` ON `files` (`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`type` text NOT NULL,
	`status` text NOT NULL,
	`progress` real NOT NULL,
	`message` text,
	`upload_id` text,
	`file_id` text,
	`input` text NOT NULL,
	`result` text,
	`problem` text,
	`attempts` integer NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`heartbeat_at` integer,
	`completed_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `jobs_user` ON `jobs` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `jobs_upload` ON `jobs` (`upload_id`);--> statement-breakpoint
CREATE INDEX `jobs_file` ON `jobs` (`file_id`);--> statement-breakpoint
CREATE INDEX `jobs_open` ON `jobs` (`status`,`heartbeat_at`);--> statement-breakpoint
CREATE TABLE `model_uploads` (
	`model_id` text NOT NULL,
	`upload_id` text NOT NULL,
	PRIMARY KEY(`model_id`, `upload_id`),
	FOREIGN KEY (`model_id`) REFERENCES `models`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`upload_id`) REFERENCES `uploads`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `model_uploads_upload` ON `model_uploads` (`upload_id`);--> statement-breakpoint
CREATE TABLE `models` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text NOT NULL,
	`algorithm` text,
	`version` text NOT NULL,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `models_user` ON `models` (`user_id`,`created_at`);--> statement-breakpoint
CREATE TABLE `objects_to_delete` (
	`key` text PRIMARY KEY NOT NULL,
	`created_at` integer DEFAULT (unixepoch() * 1000) NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text,
	`upload_id` text,
	`tables` text NOT NULL,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL,
	`ended_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `sessions_user` ON `sessions` (`user_id`,`status`,`created_at`);--> statement-breakpoint
CREATE INDEX `sessions_expiry` ON `sessions` (`status`,`expires_at`);--> statement-breakpoint
CREATE TABLE `tables` (
	`id` text PRIMARY KEY NOT NULL,
	`file_id` text NOT NULL,
	`ordinal` integer NOT NULL,
	`name` text,
	`row_count` integer NOT NULL,
	`column_count` integer NOT NULL,
	`object_key` text NOT NULL,
	`object_bytes` integer NOT NULL,
	`columns` text NOT NULL,
	`reject_count` integer NOT NULL,
	`preview_key` text,
	`created_at` integer NOT NULL,
	FOREIGN KEY (`file_id`) REFERENCES `files`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `tables_file_ordinal` ON `tables` (`file_id`,`ordinal`);--> statement-breakpoint
CREATE TABLE `uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`name` text,
	`description` text,
	`status` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`confirmed_at` integer,
	`completed_at` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `uploads_user` ON `uploads` (`user_id`,`created_at`,`id`);--> statement-breakpoint
CREATE INDEX `uploads_user_status` ON `uploads` (`user_id`,`status`,`created_at`);--> statement-breakpoint
CREATE INDEX `uploads_pending` ON `uploads` (`status`,`expires_at`);--> statement-breakpoint
CREATE TABLE `users` (
	`number` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`email` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_id_unique` ON `users` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_unique` ON `users` (`email`);