/** What the shop's things are called. */

export const FIRST_NAMES = [
  'Ada',
  'Ben',
  'Chloé',
  'Dilan',
  'Emma',
  'Finn',
  'Greta',
  'Hana',
  'Ivo',
  'Jule',
  'Kofi',
  'Lena',
] as const;
export const LAST_NAMES = [
  'Abel',
  'Berg',
  'Çelik',
  'Dubois',
  'Engel',
  'Fuchs',
  'Graf',
  'Huber',
  'Ito',
  'Jansen',
  'Kranz',
] as const;
export const GOODS = ['Mug', 'Teapot', 'Bowl', 'Vase', 'Plate', 'Candle', 'Lamp', 'Basket'] as const;
export const LOOKS = ['Blue', 'White', 'Speckled'] as const;
/** Minor units, one for each good. */
export const PRICES = [1490, 4990, 2290, 3450, 1890, 1250, 8900, 2790] as const;
/** The campaigns that it opens with: names and objectives. */
export const CAMPAIGNS = [
  ['Prospecting', 'OUTCOME_SALES'],
  ['Retargeting', 'OUTCOME_SALES'],
  ['Spring Look', 'OUTCOME_AWARENESS'],
] as const;
