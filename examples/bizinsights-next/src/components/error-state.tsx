'use client';

import { useEffect } from 'react';

/** A page that could not be shown. It shows only the digest of the error, by which the line in the server's log is found. */
export function ErrorState({
  error,
  retry,
}: {
  readonly error: Error & { readonly digest?: string };
  readonly retry: () => void;
}) {
  useEffect(() => {
    console.error(error);
  }, [error]);
  return (
    <div className="empty" role="alert">
      <h1>This page could not be shown</h1>
      <p>
        Something went wrong on our side. Try again; if it stays, look into the server&apos;s log
        {error.digest === undefined ? '.' : ` for the digest ${error.digest}.`}
      </p>
      <button type="button" className="button button-primary" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
