import { type ApiFile, findApiFile, insertApiFile } from "../../storage/files-api.ts";
import { getOrganization } from "../organizations/get-organization.ts";
import type { Caller, Services } from "../services.ts";
import { checkFileOptions, type FileOptions } from "./file-options.ts";

export interface NewApiFile extends FileOptions {
  name: string;
  description: string;
  agentName: string;
  agentVersion: string;
  /** An organisation of the caller's, whose members then share the file. */
  organization?: string | undefined;
}

/**
 * Makes a file that has no data yet.
 *
 * @throws AppError `validation_failed` for wrong options, `not_found` for an organisation that the caller does not belong to.
 */
export async function createApiFile(services: Services, caller: Caller, input: NewApiFile): Promise<ApiFile> {
  checkFileOptions(input, services.limits);
  const organization = input.organization ?? caller.organization;
  const owner = organization === undefined ? undefined : await getOrganization(services, caller, organization);
  const now = services.now();
  const id = services.randomUuid().replaceAll("-", "");
  await insertApiFile(services.db, {
    id,
    userId: caller.userId,
    organizationId: owner?.id ?? null,
    name: input.name,
    description: input.description,
    fileType: input.fileType,
    fileCompression: input.fileCompression,
    parserOptions: input.parserOptions,
    sqlTransforms: input.sqlTransforms,
    agentName: input.agentName,
    agentVersion: input.agentVersion,
    fileId: null,
    createdAt: now,
    updatedAt: now,
  });
  const made = await findApiFile(services.db, caller.userId, id);
  if (!made) throw new Error("A file that was just made is not there.");
  return made;
}
