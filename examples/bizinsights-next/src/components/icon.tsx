/** The icons of the navigation, as paths of 20 by 20. */
const PATHS = {
  overview: 'M3 16V9m5 7V4m5 12v-5m4 5H2',
  integrations: 'M7 3v4m6-4v4M5 7h10v3a5 5 0 0 1-10 0zm5 8v3',
  insights: 'M7 14a5 5 0 1 1 6 0v2H7zm1 4h4',
  alerts: 'M5 14V9a5 5 0 0 1 10 0v5l1 1H4zm4 3h2',
  reports: 'M5 2h7l4 4v12H5zm7 0v4h4M8 11h5m-5 3h5',
  jobs: 'M3 5h14M3 10h14M3 15h9',
  mail: 'M2 5h16v11H2zl8 6 8-6',
  settings: 'M3 6h8m4 0h2M3 14h2m4 0h8M11 4v4h4V4zM5 12v4h4v-4z',
  menu: 'M3 5h14M3 10h14M3 15h14',
} as const;
export type IconName = keyof typeof PATHS;

/** Beside a text that says the same, so it is hidden from screen readers. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.6" aria-hidden="true">
      <path d={PATHS[name]} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}
