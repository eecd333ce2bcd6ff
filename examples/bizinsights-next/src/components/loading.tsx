/** The outline of a page while its data is read. */
export function Loading({ cards = 4 }: { readonly cards?: number }) {
  return (
    <div role="status" className="stack">
      <span className="visually-hidden">Loading…</span>
      <div className="skeleton skeleton-line" />
      {Array.from({ length: cards }, (_, index) => index).map((card) => (
        <div key={card} className="skeleton" />
      ))}
    </div>
  );
}
