/** The product's name and sign. */
export function Brand() {
  return (
    <>
      <svg width="28" height="28" viewBox="0 0 32 32" fill="none" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="currentColor" />
        <path d="M8 22v-6m6 6V10m6 12v-9m5 9H7" stroke="var(--on-accent)" strokeWidth="3" strokeLinecap="round" />
      </svg>
      BizInsights
    </>
  );
}
