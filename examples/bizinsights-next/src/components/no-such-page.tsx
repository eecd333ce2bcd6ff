import Link from 'next/link';
import { Empty } from './empty';

/** The same for what was never there and for what belongs to another organization. */
export function NoSuchPage() {
  return (
    <Empty title="There is no such page">
      <p>The address may be old, or belong to another organization.</p>
      <Link className="button" href="/">
        To the overview
      </Link>
    </Empty>
  );
}
