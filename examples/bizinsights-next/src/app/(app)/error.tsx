'use client';

import { ErrorState } from '@/components/error-state';

export default function PageError({ error, reset }: { readonly error: Error; readonly reset: () => void }) {
  return <ErrorState error={error} retry={reset} />;
}
