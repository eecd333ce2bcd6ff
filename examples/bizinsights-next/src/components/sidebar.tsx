'use client';

import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import { Brand } from './brand';
import { Icon, type IconName } from './icon';

const PAGES: readonly { readonly href: string; readonly label: string; readonly icon: IconName }[] = [
  { href: '/', label: 'Overview', icon: 'overview' },
  { href: '/integrations', label: 'Integrations', icon: 'integrations' },
  { href: '/insights', label: 'Insights', icon: 'insights' },
  { href: '/alerts', label: 'Alerts', icon: 'alerts' },
  { href: '/reports', label: 'Reports', icon: 'reports' },
  { href: '/jobs', label: 'Jobs', icon: 'jobs' },
  { href: '/mail', label: 'Mail', icon: 'mail' },
  { href: '/settings', label: 'Settings', icon: 'settings' },
];

/** The navigation: a column on a wide window, a menu on a narrow one. */
export function Sidebar({ children }: { readonly children: ReactNode }) {
  const pathname = usePathname();
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <header className="sidebar" data-open={isOpen}>
      <div className="sidebar-bar">
        <Link href="/" className="brand" onClick={close}>
          <Brand />
        </Link>
        <button
          type="button"
          className="button menu-button"
          aria-expanded={isOpen}
          aria-controls="menu"
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name="menu" /> Menu
        </button>
      </div>
      <div className="menu" id="menu">
        <nav className="nav" aria-label="Main">
          {PAGES.map(({ href, label, icon }) => (
            <Link key={href} href={href} aria-current={isAt(pathname, href) ? 'page' : undefined} onClick={close}>
              <Icon name={icon} />
              {label}
            </Link>
          ))}
        </nav>
        {children}
      </div>
    </header>
  );
}

function isAt(pathname: string, href: string): boolean {
  return href === '/' ? pathname === '/' : pathname === href || pathname.startsWith(`${href}/`);
}
