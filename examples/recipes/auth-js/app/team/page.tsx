// app/team/page.tsx
import { redirect } from 'next/navigation';
import { auth } from '@/auth';

export default async function TeamPage() {
  const session = await auth();
  if (!session) redirect('/api/auth/signin?callbackUrl=/team');
  return <h1>Jobs of {session.user?.email}</h1>;
}
