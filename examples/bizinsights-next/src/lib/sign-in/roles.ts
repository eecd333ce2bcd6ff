/** What a member of an organization may do. Pages and server actions ask the same table. */
import type { Principal } from '@bizinsights/jobs-core/http';

export type MemberRole = 'owner' | 'admin' | 'member';

export type Permission = 'operate' | 'administer';

const PERMISSIONS: Record<MemberRole, readonly Permission[]> = {
  /** Also disconnects accounts and changes the organization. */
  owner: ['operate', 'administer'],
  /** Connects, syncs, acknowledges, makes reports, retries jobs. */
  admin: ['operate'],
  /** Reads. */
  member: [],
};

/** The roles of the monitoring API. */
const MONITORING_ROLES: Record<MemberRole, Principal['role']> = { owner: 'admin', admin: 'operator', member: 'viewer' };

export function may(role: MemberRole, permission: Permission): boolean {
  return PERMISSIONS[role].includes(permission);
}

export function monitoringRole(role: MemberRole): Principal['role'] {
  return MONITORING_ROLES[role];
}

/** A role that the store does not know gets the least rights. */
export function toMemberRole(role: string): MemberRole {
  return role === 'owner' || role === 'admin' ? role : 'member';
}
