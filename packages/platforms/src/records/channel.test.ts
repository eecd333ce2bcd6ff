import { describe, expect, it } from 'vitest';
import { type Attribution, CHANNELS, type Channel, channelOf } from './channel.js';

type Case = readonly [Attribution, Channel | undefined];

const cases = (rows: readonly Case[]) =>
  it.each(rows.map(([given, channel]) => [JSON.stringify(given), channel, given] as const))('%s is %s', (...row) => {
    expect(channelOf(row[2])).toBe(row[1]);
  });

describe('links that name their source and medium go by the rules of Google Analytics', () => {
  cases([
    [{ source: '(direct)', medium: '(none)' }, 'Direct'],
    [{ source: 'google', medium: 'organic' }, 'Organic Search'],
    [{ source: 'Google', medium: 'CPC' }, 'Paid Search'],
    [{ source: 'bing.com', medium: 'ppc' }, 'Paid Search'],
    [{ source: 'google', medium: 'cpc', campaign: 'summer cross-network' }, 'Cross-network'],
    [{ source: 'facebook', medium: 'paid_social' }, 'Paid Social'],
    [{ source: 'ig', medium: 'social' }, 'Organic Social'],
    [{ source: 'anna', medium: 'social' }, 'Organic Social'],
    [{ source: 'm.facebook.com', medium: 'referral' }, 'Organic Social'],
    [{ source: 'youtube', medium: 'cpv' }, 'Paid Video'],
    [{ source: 'youtube', medium: 'referral' }, 'Organic Video'],
    [{ source: 'youtube', medium: 'cpc' }, 'Paid Video'],
    [{ source: 'amazon.co.uk', medium: 'referral' }, 'Organic Shopping'],
    [{ source: 'google', medium: 'cpc', campaign: 'shopping-de' }, 'Paid Shopping'],
    [{ source: 'blog.example', medium: 'banner' }, 'Display'],
    [{ source: 'partner', medium: 'cpc' }, 'Paid Other'],
    [{ source: 'klaviyo', medium: 'email' }, 'Email'],
    [{ source: 'email' }, 'Email'],
    [{ source: 'awin', medium: 'affiliate' }, 'Affiliates'],
    [{ source: 'podcast', medium: 'audio' }, 'Audio'],
    [{ source: 'postscript', medium: 'sms' }, 'SMS'],
    [{ source: 'app', medium: 'web-push' }, 'Mobile Push Notifications'],
    [{ source: 'chatgpt.com', medium: 'referral' }, 'AI Assistant'],
    [{ source: 'chatgpt.com', medium: 'ai-assistant' }, 'AI Assistant'],
    [{ source: 'blog.example', medium: 'referral' }, 'Referral'],
    [{ source: 'flyer', medium: 'print' }, 'Unassigned'],
    [{ source: 'mail.google.com', medium: 'referral' }, 'Referral'],
  ]);
});

describe('without a medium, the site counts', () => {
  cases([
    [{ source: 'direct' }, 'Direct'],
    [{ source: 'Instagram' }, 'Organic Social'],
    [{ source: 'www.google.de' }, 'Organic Search'],
    [{ source: 'blog.example' }, 'Referral'],
    [{ source: 'flyer' }, 'Unassigned'],
    [{ source: 'unknown' }, undefined],
    [{ referrer: 'https://www.google.com/' }, 'Organic Search'],
    [{ referrer: 'https://l.facebook.com/l.php?u=1' }, 'Organic Social'],
    [{ referrer: 'https://blog.example/page' }, 'Referral'],
    [{ referrer: 'https://notfacebook.com/' }, 'Referral'],
    [{ source: '(direct)', medium: null, referrer: null }, 'Direct'],
  ]);
});

describe('the platforms’ own words', () => {
  cases([
    [{ kind: 'pos', source: 'google', medium: 'cpc' }, 'Point of sale'],
    [{ kind: 'shopify_draft_order' }, 'Draft order'],
    [{ kind: 'iphone' }, 'Mobile app'],
    [{ kind: 'admin' }, 'Admin'],
    [{ kind: 'mobile_app' }, 'Mobile app'],
    [{ kind: 'typein', source: '(direct)', medium: '(none)' }, 'Direct'],
    [{ kind: 'typein' }, 'Direct'],
    [{ kind: 'organic', source: 'google' }, 'Organic Search'],
    [{ kind: 'referral', source: 'blog.example' }, 'Referral'],
    [{ kind: 'utm', source: 'facebook', medium: 'cpc' }, 'Paid Social'],
    [{ kind: 'AD', source: 'Google' }, 'Paid Search'],
    [{ kind: 'AD', source: 'an email' }, 'Paid Other'],
    [{ kind: 'NEWSLETTER', source: 'shop' }, 'Email'],
    [{ kind: 'SEO', source: 'Google' }, 'Organic Search'],
    [{ kind: 'LINK', source: 'pinterest' }, 'Organic Social'],
    [{ kind: '4555883' }, 'Other'],
    [{ kind: 'constructor' }, undefined],
    [{ kind: 'web' }, undefined],
    [{}, undefined],
    [{ source: '', medium: ' ', campaign: null, referrer: '', kind: undefined }, undefined],
  ]);
});

it('lists each name once', () => {
  expect(new Set(CHANNELS).size).toBe(CHANNELS.length);
  expect(CHANNELS).toEqual(
    expect.arrayContaining(['Direct', 'Organic Search', 'Paid Social', 'Point of sale', 'Other']),
  );
});

it('takes no time for a word that is long', () => {
  // A line break in it: white space at its end is cut off.
  const long = (word: string) => `${word.repeat(50_000)}\nx`;
  const begun = process.cpuUsage();
  for (const word of ['a.', 'cp', 'paid', 'shop', 'shopping', 'push', 'facebook.', 'www.', 'http://']) {
    channelOf({ source: long(word), medium: long(word), campaign: long(word), referrer: long(word), kind: long(word) });
    channelOf({ source: word.repeat(50_000), referrer: word.repeat(50_000) });
  }
  expect(process.cpuUsage(begun).user).toBeLessThan(5_000_000);
});
