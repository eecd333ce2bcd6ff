/**
 * `@bizinsights/jobs-reports`: reports as PDF, Excel and CSV files, as jobs.
 *
 * @packageDocumentation
 */
export {
  type AnyReport,
  type ContentContext,
  defineReport,
  type ReportDefinition,
  type ReportOptions,
  type ReportQuery,
} from './define-report.js';
export type { Formatter } from './formatter.js';
export type {
  DownloadVerdict,
  FinishedReport,
  Report,
  ReportData,
  ReportFrequency,
  ReportMail,
  ReportOrganization,
  ReportReference,
  ReportSchedule,
  ReportScheduleStore,
  ReportStatus,
  ReportStorage,
  ReportStore,
  ReportTask,
} from './ports.js';
export { type ReportsProcessorOptions, reportsProcessor } from './processor.js';
export {
  RELATIVE_PERIODS,
  REPORT_FORMATS,
  type RelativePeriod,
  type ReportFormat,
  type ReportJob,
  type ReportJobInput,
  type ReportPeriod,
  type ReportRequest,
  type ReportRequestInput,
  type ReportResult,
  type ReportsQueue,
  reportLocale,
  reportPeriod,
  reportRequest,
  reportsQueue,
} from './queue.js';
export { type RenderOptions, type RenderSettings, renderReport } from './render/render-report.js';
export type {
  Cell,
  NumberKind,
  ReportChart,
  ReportColumn,
  ReportContent,
  ReportFigure,
  ReportTable,
} from './report-content.js';
export { type ReportJobs, requestReport } from './request-report.js';
export type { Certainty, ProductSales, SalesData, SalesDay, SalesFigures, SalesTotal } from './sales/sales-data.js';
export { salesReport } from './sales/sales-report.js';
export {
  type ReportScheduleInput,
  type ReportScheduler,
  type ReportSchedulesOptions,
  reportScheduleKey,
  reportSchedules,
  scheduleReport,
} from './schedules.js';
export { settleReports } from './settle-reports.js';
export { type ReportFilesCleanUpOptions, reportFilesCleanUp } from './storage/clean-up.js';
export { type DownloadHandlerOptions, downloadHandler } from './storage/download-handler.js';
export { type LocalStorageOptions, localStorage } from './storage/local-storage.js';
export type { Words } from './words.js';
