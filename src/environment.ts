import type { ModelBinding } from "./ask/model-transport.ts";
import type { JobMessage } from "./core/services.ts";

/** The Worker's bindings, variables and secrets: `wrangler.toml` and README.md, "Configuration". */
export interface Environment {
  BUCKET: R2Bucket;
  DB: D1Database;
  SESSIONS: DurableObjectNamespace;
  WORKBENCHES: DurableObjectNamespace;
  JOBS: Queue<JobMessage>;
  /** Sends mail when exports are ready; needs MAIL_FROM. */
  EMAIL?: SendEmail;
  /** The sender of mails: an address of a domain that Cloudflare may send for. Unset: no mail is sent, except to files under `wrangler dev`. */
  MAIL_FROM?: string;
  /** HS256 secret for JWTs, at least 32 characters; unset: no JWT is accepted unless JWKS_URL is set. */
  JWT_SECRET?: string;
  /** Where the public keys of an identity provider are; its JWTs are then accepted. */
  JWKS_URL?: string;
  /** Signs local presigned URLs and derives S3 secrets; at least 32 characters. */
  SIGNING_SECRET?: string;
  /** Origins of web pages that may call the API, with commas between them; `*` for all. Unset: none. */
  CORS_ORIGINS?: string;
  /** R2's S3 endpoint and keys: presigned URLs then go straight to R2. */
  R2_ACCOUNT_ID?: string;
  R2_BUCKET_NAME?: string;
  R2_ACCESS_KEY_ID?: string;
  R2_SECRET_ACCESS_KEY?: string;
  /** Base of an OpenAI-compatible API whose model plans questions, such as `https://api.example.com/v1`. Unset: the built-in planner alone. */
  ASK_MODEL_URL?: string;
  /** The model to ask, there or on Workers AI. */
  ASK_MODEL_NAME?: string;
  /** Secret: the API's key. */
  ASK_MODEL_KEY?: string;
  /** Seconds that the model has for one question, repairs included; 20 unless set. */
  ASK_MODEL_SECONDS?: string;
  /** Workers AI, instead of ASK_MODEL_URL. */
  AI?: ModelBinding;
  /** "true" only in `.dev.vars`, which no deployment reads: allows `local-dev-key` from this machine. */
  EIDER_LOCAL?: string;
  /** The limits of `core/limits.ts` by name. */
  [limit: `MAX_${string}`]: string | undefined;
}
