import Link from 'next/link';
import { Empty } from '@/components/empty';

export default function NotFound() {
  return (
    <main className="sign-in">
      <Empty title="There is no such page" level={1}>
        <p>The address may be old, or belong to another organization.</p>
        <Link className="button" href="/">
          To the overview
        </Link>
      </Empty>
    </main>
  );
}
