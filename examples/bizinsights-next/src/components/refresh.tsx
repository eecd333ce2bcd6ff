'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Reads the page's data again every so many seconds, while the page is looked at. */
export function Refresh({ every }: { readonly every: number }) {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') router.refresh();
    }, every * 1_000);
    return () => clearInterval(timer);
  }, [router, every]);
  return null;
}
