import { NoSuchPage } from '@/components/no-such-page';

export default function NotFound() {
  return (
    <main className="sign-in">
      <NoSuchPage />
    </main>
  );
}
