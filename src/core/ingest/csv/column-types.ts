import type { CsvOptions } from "../../../formats/csv/dialect.ts";
import { COLUMNS_PER_PART } from "../../tables/table-layout.ts";
import { type ColumnType, decideType, fitsOfType, type TypeRules } from "./column-stats.ts";
import type { CsvIngestLimits } from "./ingest-input.ts";
import type { TargetColumn } from "./ingest-sql.ts";
import type { CsvColumn, CsvIngestState } from "./ingest-state.ts";

/** Decides which columns of a file are loaded, and as which types, from what has been seen of them. */
export class ColumnTypes {
  private readonly options: CsvOptions;
  private readonly threshold: number;

  constructor(options: CsvOptions, limits: CsvIngestLimits) {
    this.options = options;
    this.threshold = limits.typeThreshold;
  }

  private rulesOf({ dialect }: CsvIngestState, column: number): TypeRules {
    const { dayfirst, parseDates = true } = this.options;
    const name = dialect.columns[column]!;
    const isDated = typeof parseDates === "object" && (parseDates.includes(name) || parseDates.includes(column));
    return { threshold: this.threshold, dayfirst, isDated, detectDates: isDated || parseDates === true };
  }

  decideTypes(state: CsvIngestState): ColumnType[] {
    const { dtype } = this.options;
    return state.stats.map((stats, i) => {
      const name = state.dialect.columns[i]!;
      const declared = typeof dtype === "string" ? dtype : (dtype?.[name] ?? dtype?.[i]);
      const rules = this.rulesOf(state, i);
      const { type, order } = decideType(stats, rules);
      if (declared === undefined) return { type, order };
      if (declared !== "DATE" && declared !== "TIMESTAMP") return { type: declared, order: "ymd", isDeclared: true };
      return {
        type: declared,
        order: decideType(stats, { ...rules, detectDates: true, isDated: declared === "DATE", threshold: 0 }).order,
      };
    });
  }

  /** Whether the types that rows are loaded as are still those that would be chosen. */
  areTypesRight(state: CsvIngestState): boolean {
    const types = this.decideTypes(state);
    return types.every((type, i) => {
      const current = state.types![i]!;
      return type.type === current.type && type.order === current.order;
    });
  }

  isUsed({ dialect }: CsvIngestState): boolean[] {
    const { usecols } = this.options;
    return dialect.columns.map((name, i) => usecols === undefined || usecols.includes(name) || usecols.includes(i));
  }

  targetColumns(state: CsvIngestState): TargetColumn[] {
    const used = this.isUsed(state);
    return state.types!.map((type, i) => ({ ...type, name: state.dialect.columns[i]!, isUsed: used[i]! }));
  }

  /** Whether the table lies in several parts. */
  isWide(state: CsvIngestState): boolean {
    return this.isUsed(state).filter(Boolean).length > COLUMNS_PER_PART;
  }

  /** Counts cells that were loaded unseen as the current types. */
  countScanned(state: CsvIngestState, records: number, nulls: Int32Array): void {
    for (const [i, stats] of state.stats.entries()) {
      const values = records - nulls[i]!;
      stats.values += values;
      stats.nulls += nulls[i]!;
      const fits = fitsOfType(state.types![i]!);
      for (let bit = 0; bit < stats.fits.length; bit++) if (fits & (1 << bit)) stats.fits[bit]! += values;
    }
  }

  /** The columns of the finished table. */
  describe(state: CsvIngestState): CsvColumn[] {
    const used = this.isUsed(state);
    const columns: CsvColumn[] = [];
    for (const [i, stats] of state.stats.entries()) {
      if (!used[i]) continue;
      const { type } = state.types![i]!;
      const { confidence } = decideType(stats, this.rulesOf(state, i));
      columns.push({
        name: state.dialect.columns[i]!,
        type,
        nullable: stats.nulls > 0,
        nulls: stats.nulls,
        confidence: type === "VARCHAR" ? 1 : confidence,
      });
    }
    return columns;
  }
}
