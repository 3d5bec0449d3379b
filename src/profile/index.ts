export {
  type AnalysisStats,
  type FeatureCorrelation,
  isCategorical,
  toAnalysisStats,
  toFeatureCorrelations,
} from "./analysis.ts";
export { findTargetCandidates } from "./column-roles.ts";
export {
  type ColumnDiff,
  type ComparedVersion,
  type CompareOptions,
  type Comparison,
  compareProfiles,
  compareVersions,
} from "./compare.ts";
export { findColumnKind, findDataApiType, findPandasDtype } from "./dtype.ts";
export { type Finding, type FindingOptions, findFindings, type Severity } from "./findings.ts";
export { findInsights, type Insight } from "./insights.ts";
export { profileTable } from "./profile-table.ts";
export { assessQuality, type QualityCheck, type QualityIssue, type QualityReport } from "./quality.ts";
export { type Recommendation, recommend } from "./recommend.ts";
export { quoteTable } from "./sql.ts";
export { type Statistics, toStatistics } from "./statistics.ts";
export type {
  ColumnKind,
  ColumnProfile,
  PandasDtype,
  Profile,
  ProfileEngine,
  ProfileOptions,
  ProfileProgress,
  ProfileTable,
} from "./types.ts";
