/** What an analysis job leaves in R2: one part for each table, and the recommendations. */
import type { AnalysisStats, FeatureCorrelation, Insight, Recommendation } from "../../profile/index.ts";

export const ANALYSIS_TYPES = ["basic", "comprehensive"] as const;
export type AnalysisType = (typeof ANALYSIS_TYPES)[number];

/** One table of the result. */
export interface AnalyzedTable {
  filename: string;
  /** The table's own name where its file has several. */
  table: string | null;
  /** The name that the SQL of insights and recommendations uses: a session's. */
  sql_table: string;
  stats: AnalysisStats;
  correlations: FeatureCorrelation[];
  insights: Insight[];
  visualizations: { id: string; type: string; title: string }[];
  /** What was bounded or left out. */
  notes: string[];
}

/** Advice, with the table that it is about. */
export interface TableRecommendation extends Recommendation {
  filename: string;
}

/** The job's `input`. */
export interface AnalysisInput {
  analysis_type: AnalysisType;
  tables: { table_id: string; filename: string; table: string | null; sql_table: string }[];
}
