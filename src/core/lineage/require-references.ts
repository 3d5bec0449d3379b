import { violatesConstraint } from "../../storage/database-error.ts";
import { listMissing, type ReferenceKind } from "../../storage/references.ts";
import { AppError, type FieldFault } from "../errors.ts";
import type { Caller, Services } from "../services.ts";

/** One field of the input that names something else, or a list that does. */
export interface Reference {
  path: string;
  kind: ReferenceKind;
  ids: string | readonly string[] | null | undefined;
}

const WORDS = { dataset_version: "dataset version" } as Partial<Record<ReferenceKind, string>>;

/**
 * Makes sure that everything the input names exists and is the caller's. Fields that are null or undefined name nothing.
 *
 * @throws AppError `not_found` that lists each field whose id does not exist.
 */
export async function requireReferences(
  services: Pick<Services, "db">,
  caller: Caller,
  references: readonly Reference[],
): Promise<void> {
  const faults: FieldFault[] = [];
  for (const { path, kind, ids } of references) {
    const list = typeof ids === "string" ? [ids] : (ids ?? []);
    if (list.length === 0) continue;
    for (const id of await listMissing(services.db, caller.userId, kind, list)) {
      const at = typeof ids === "string" ? path : `${path}[${list.indexOf(id)}]`;
      faults.push({ path: at, message: `There is no ${WORDS[kind] ?? kind} “${id.slice(0, 100)}”.` });
    }
  }
  const first = faults[0];
  if (first) throw new AppError("not_found", `${first.path}: ${first.message}`, { errors: faults });
}

/** Does a write whose references have been checked; one that was deleted since then is told as missing, too. */
export async function writeReferring<T>(write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (failure) {
    if (!violatesConstraint(failure, "foreignKey")) throw failure;
    throw new AppError(
      "not_found",
      "Something that this names was deleted in this moment. Look at its ids and try again.",
      {},
      { cause: failure },
    );
  }
}
