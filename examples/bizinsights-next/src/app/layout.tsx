import type { Metadata, Viewport } from 'next';
import { connection } from 'next/server';
import type { ReactNode } from 'react';
import '@/styles/tokens.css';
import '@/styles/base.css';
import '@/styles/shell.css';
import '@/styles/parts.css';
import '@/styles/figures.css';

export const metadata: Metadata = {
  title: { default: 'BizInsights', template: '%s · BizInsights' },
  description: 'The figures of your shop, and what matters in them.',
};

export const viewport: Viewport = {
  colorScheme: 'light dark',
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#171e27' },
  ],
};

export default async function RootLayout({ children }: { readonly children: ReactNode }) {
  // A page that was made at build time would have no nonce for its scripts.
  await connection();
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
