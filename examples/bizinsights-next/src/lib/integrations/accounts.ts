/** What data sync and webhooks work with: the platforms, their accounts, and where records go. */
import { platforms } from '@bizinsights/jobs-platforms';
import { store } from '../store/store';

export const accounts = {
  platforms: Object.values(platforms),
  integrations: store.integrations,
  sink: store.records,
};
