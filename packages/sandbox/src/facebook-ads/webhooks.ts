/** Facebook's webhooks about the ad account, signed with the app's secret. */
import { hmacSha256 } from '@bizinsights/jobs-platforms';
import type { SandboxPlatform, SandboxWorld } from '../platform.js';
import type { ShopCampaign } from '../shop/shop.js';

const FIELDS = ['with_issues_ad_objects', 'in_process_ad_objects', 'ad_recommendations', 'creative_fatigue'];

/** Of an app that other shops use too. */
const APP = '1234567890';
const OTHER_ACCOUNT = '504030201';

/** `ad_account`: all fields of two accounts in one delivery. */
const TOPICS = [...FIELDS.map((field) => `ad_account/${field}`), 'ad_account', 'application/ad_account'];

export function webhooksOf(
  { shop }: SandboxWorld,
  account: string,
  appSecret: string,
): NonNullable<SandboxPlatform['webhooks']> {
  function entriesOf(object: string, field: string | undefined, campaign: Readonly<ShopCampaign> | undefined) {
    if (object === 'application') {
      return [{ id: APP, changes: [{ field, value: { id: account, account_status: 1, disable_reason: 0 } }] }];
    }
    const value = { id: String(campaign?.id), level: 'CAMPAIGN' };
    const changes = (field === undefined ? FIELDS : [field]).map((one) => ({ field: one, value }));
    return (field === undefined ? [account, OTHER_ACCOUNT] : [account]).map((id) => ({ id, changes }));
  }

  return {
    secret: appSecret,
    topics: TOPICS,
    topicsOf: ({ subject }) => (subject === 'campaign' ? ['ad_account/in_process_ad_objects'] : []),
    make(topic, { secret, at, about }) {
      const [object = '', field] = topic.split('/');
      const campaign = about?.subject === 'campaign' ? about.campaign : shop.campaigns.at(-1);
      const entry = entriesOf(object, field, campaign).map((one) => ({ ...one, time: Math.floor(at / 1_000) }));
      const body = JSON.stringify({ object, entry });
      const signature = `sha256=${hmacSha256(secret, body).toString('hex')}`;
      return { body, headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature } };
    },
  };
}
