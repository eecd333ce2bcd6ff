import type { Member } from '@bizinsights/jobs-store';
import { addSchedule, makeReport } from '@/app/(app)/reports/actions';
import { WEEKDAYS } from '@/lib/reports/report-schedules';
import { ActionForm } from './action-form';

/** Asks for a report of sales now. */
export function ReportForm({
  from,
  to,
  members,
}: {
  /** The days that are proposed. */
  readonly from: string;
  readonly to: string;
  readonly members: readonly Member[];
}) {
  return (
    <ActionForm
      action={makeReport}
      label="Make the report"
      pendingLabel="Asking…"
      tone="primary"
      className="stack form-wide"
    >
      <div className="form-grid">
        <div className="field">
          <label htmlFor="from">From</label>
          <input id="from" name="from" type="date" defaultValue={from} required />
        </div>
        <div className="field">
          <label htmlFor="to">To</label>
          <input id="to" name="to" type="date" defaultValue={to} required />
        </div>
        <FormatField id="report-format" />
        <div className="field">
          <label htmlFor="report-whom">By mail to</label>
          <select id="report-whom" name="whom">
            <option value="">nobody</option>
            <Recipients members={members} />
          </select>
        </div>
      </div>
    </ActionForm>
  );
}

/** Chooses a report that comes by itself. */
export function ScheduleForm({
  members,
  timeZone,
}: {
  readonly members: readonly Member[];
  readonly timeZone: string;
}) {
  return (
    <ActionForm action={addSchedule} label="Add the schedule" pendingLabel="Keeping…" className="stack form-wide">
      <div className="form-grid">
        <div className="field">
          <label htmlFor="frequency">How often</label>
          <select id="frequency" name="frequency" defaultValue="weekly">
            <option value="daily">daily: the day before</option>
            <option value="weekly">weekly: the week before</option>
            <option value="monthly">monthly: the month before</option>
          </select>
        </div>
        <div className="field">
          <label htmlFor="weekday">Weekday, if weekly</label>
          <select id="weekday" name="weekday">
            {WEEKDAYS.map((weekday, index) => (
              <option key={weekday} value={index + 1}>
                {weekday}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor="dayOfMonth">Day, if monthly</label>
          <input id="dayOfMonth" name="dayOfMonth" type="number" min={1} max={28} defaultValue={1} required />
        </div>
        <div className="field">
          <label htmlFor="time">Time in {timeZone}</label>
          <input id="time" name="time" type="time" defaultValue="08:00" required />
        </div>
        <FormatField id="schedule-format" />
        <div className="field">
          <label htmlFor="schedule-whom">By mail to</label>
          <select id="schedule-whom" name="whom">
            <Recipients members={members} />
          </select>
        </div>
      </div>
    </ActionForm>
  );
}

function FormatField({ id }: { readonly id: string }) {
  return (
    <div className="field">
      <label htmlFor={id}>Format</label>
      <select id={id} name="format">
        <option value="pdf">PDF</option>
        <option value="xlsx">Excel</option>
        <option value="csv">CSV</option>
      </select>
    </div>
  );
}

function Recipients({ members }: { readonly members: readonly Member[] }) {
  return (
    <>
      {members.map(({ id, name, email }) => (
        <option key={id} value={id}>
          {name ?? email}
        </option>
      ))}
      <option value="all">all members</option>
    </>
  );
}
