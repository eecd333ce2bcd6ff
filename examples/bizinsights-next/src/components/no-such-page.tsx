import Link from 'next/link';

/** The same for what was never there and for what belongs to another organization. */
export function NoSuchPage() {
  return (
    <div className="empty">
      <h1>There is no such page</h1>
      <p>The address may be old, or belong to another organization.</p>
      <Link className="button" href="/">
        To the overview
      </Link>
    </div>
  );
}
