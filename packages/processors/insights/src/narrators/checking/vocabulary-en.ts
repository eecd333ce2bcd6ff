import { enCues, enDays } from './cues-en.js';
import {
  EXTREMES,
  FUTURE,
  GAPS,
  hasYearBefore,
  isBefore,
  isDay,
  isLong,
  isRecent,
  LASTING,
  type Vocabulary,
  wordsIn,
} from './vocabulary.js';

const METRICS: Vocabulary['metrics'] = [
  ['returnOnAdSpend', 'returns? on ad(?:vertising)? spend(?:ing)?|roas'],
  ['adRevenue', 'ad(?:vertising)? (?:revenue|sales)'],
  ['adSpend', 'ad(?:vertising)? (?:spend(?:ing)?|costs?|budget)|spend(?:ing)? on ads'],
  ['averageOrderValue', '(?:average )?order values?|aov|average basket'],
  ['conversionRate', 'conversion rates?|conversions?'],
  ['newCustomers', 'new customers?|customers?'],
  ['impressions', '(?:ad )?impressions?'],
  ['clicks', '(?:ad )?clicks?'],
  ['sessions', 'sessions?|visits?|traffic|visitors?'],
  ['refunds', 'refunds?|refunded'],
  ['orders', 'orders?|purchases?'],
  ['revenue', 'revenues?|sales|turnover'],
];

export const enVocabulary: Vocabulary = {
  cues: enCues(METRICS.map(([, pattern]) => pattern).join('|')),
  days: enDays,
  months: [
    ['january', 'jan'],
    ['february', 'feb'],
    ['march', 'mar'],
    ['april', 'apr'],
    ['may'],
    ['june', 'jun'],
    ['july', 'jul'],
    ['august', 'aug'],
    ['september', 'sept', 'sep'],
    ['october', 'oct'],
    ['november', 'nov'],
    ['december', 'dec'],
  ],
  weekdays: [
    ['sundays?', 'sun'],
    ['mondays?', 'mon'],
    ['tuesdays?', 'tues?'],
    ['wednesdays?', 'wed'],
    ['thursdays?', 'thurs?', 'thu'],
    ['fridays?', 'fri'],
    ['saturdays?', 'sat'],
  ],
  metrics: METRICS,
  up: 'rose|risen|rises?|rising|increas\\w+|grew|grow\\w*|gain\\w*|climb\\w*|jump\\w*|surg\\w+|soar\\w*|spik\\w+|skyrocket\\w*|higher|high|more|(?<!add |adds |make |makes |made |making |sum |sums |gave |give |gives |giving )up(?! to\\b)|over(?= (?:what|expect\\w*|(?:the )?usual))|upwards?|above|improv\\w+|rebound\\w*|recover\\w*|boost\\w*|exceed\\w*|outperform\\w*|better|strong\\w*|boom\\w*|expan\\w+|accelerat\\w+|rall(?:y|ied)|beat|beats|surpass\\w*|shot',
  down: 'miss(?:ed|es|ing)?(?= (?:the |what was )?(?:expect|usual))|g(?:ave|ives?|iving) (?:up|back)|pull(?:ed|s|ing) back|short of|under(?= (?:what|expect\\w*|(?:the )?usual))|fell|fall\\w*|drop\\w*|declin\\w+|decreas\\w+|down|downwards?|lower|low|less|fewer|below|slump\\w*|plung\\w+|tumbl\\w+|sank|sink\\w*|sunk|shrank|shrunk|shrink\\w*|reduc\\w+|dip|dips|dipped|dipping|los(?:t|s|ses|ing|e|es)|slid\\w*|slip\\w*|plummet\\w*|collaps\\w+|weak\\w*|worse\\w*|crash\\w*|slow\\w*|shortfall|contract\\w*|dwindl\\w+|nosediv\\w+|eas(?:ed|ing)',
  flat: 'unchanged|stable|steady|steadily|flat|constant|stagnat\\w+|same as|as usual|normal',
  not: "not|never|no longer|without|neither|nor|hardly|barely|n't|didn't|isn't|wasn't|weren't|hasn't|far from|instead of (?:rising|falling|growing)",
  multiples: [
    ['(?:doubl(?:ed|es|ing|e)|twice (?:as|the|its)|two ?fold|twofold|two times (?:as|the|its)|(?<![.,])2 ?x)', 2],
    ['(?:tripl(?:ed|es|ing|e)|trebled|threefold|three times|(?<![.,])3 ?x)', 3],
    ['(?:quadrupl(?:ed|es|ing|e)|fourfold|four times|(?<![.,])4 ?x)', 4],
    ['(?:quintupled|fivefold|five times|(?<![.,])5 ?x)', 5],
    ['(?:tenfold|ten times|(?<![.,])10 ?x)', 10],
    ['(?:halv(?:ed|es|ing|e)|half (?:as|the|its)|cut in half)', 0.5],
  ],
  fractions: [
    ['two[ -]thirds', 200 / 3],
    ['three[ -]quarters', 75],
    ['(?:a|one)[ -]third|thirds?', 100 / 3],
    ['(?:a|one)[ -]quarter(?! of a year)', 25],
    ['(?:a|one)[ -]fifth', 20],
    ['(?:a|one)[ -]tenth', 10],
    ['(?:a |one[ -])?half', 50],
  ],
  numbers: [
    ...'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'
      .split(' ')
      .map((word, value) => [word, value] as const)
      .filter(([, value]) => value !== 1),
    ...'thirty forty fifty sixty seventy eighty ninety hundred'
      .split(' ')
      .map((word, index) => [word, 30 + 10 * index] as const),
    ['thousands?', 1_000],
    ['hundreds', Number.NaN],
    ['millions?', 1_000_000],
    ['billions?', 1_000_000_000],
    ['dozens?', 12],
  ],
  about: 'about|around|roughly|approximately|approx\\.?|some|circa|close to',
  moreThan: 'more than|just over|over|above|exceeding',
  almost: 'almost|nearly|just under|less than|fewer than|under',
  of: 'of\\b',
  level: 'to|at|from|is|was|are|were|than|the|between|and|of|after|instead of|reached|totall?ed|expected|:',
  by: 'by',
  less: 'less|fewer|more',
  than: '(?:down |up )?from|instead of|rather than|expected|than',
  to: '(?<!compared |relative |close |similar |equal |due |according |as )to|reached|at',
  compared:
    'expect\\w*|anticipat\\w+|instead|rather|usual\\w*|typical\\w*|normal|before|earlier|previous\\w*|prior|compar\\w+|relative|from|than|versus|vs|after|against|below|above|short|median|average|baseline|target|goal|forecast|year|past',
  most: 'most of|largest part|largest share|majority|mainly|mostly|primarily|largely|chiefly|predominantly',
  whole:
    '(?<!chance )alone|entirely|completely|solely|all of (?:it|this|the)|fully|wholly|exclusively|only(?! (?:about |around |some )?\u0001)',
  cause:
    'because|due to|owing to|caus(?:e|ed|es|ing)|thanks to|driven|drove|drives?|driver|as a result|results? (?:of|from)|resulted|resulting|attribut\\w+|stem(?:s|med)?|led (?:to|by)|leads|explain\\w*|reasons?|following|amid|behind|responsible|came from|comes from|blame\\w*|triggered|sparked|fuell?ed|since (?!then)(?=the|a|an|our|your|its)|after (?:a|an)',
  chance: 'by chance|chance alone|noise',
  within: 'in|for|from|at|of',
  and: 'and|as well as|both|with',
  spans: [
    ['days?', 1, 1],
    ['weeks?', 7, 7],
    ['months?', 28, 31],
    ['quarters?', 89, 92],
    ['years?', 365, 366],
  ],
  times: [
    ['(?:within|in|for|over|during) (?:a|one) (?:single )?week', isLong(7, 7)],
    ['(?:within|in|for|over|during) (?:a|one) (?:single )?month', isLong(28, 31)],
    ['(?:within|in|for|over|during) (?:a|one) (?:single )?year', isLong(365, 366)],
    [
      '(?:for|in|within|over|since) (?:days|weeks|months|years)|both (?:days|weeks|months|years)|(?:second|third|fourth|fifth|next) (?:consecutive |straight )?(?:day|week|month|year|time)|in a row|consecutive\\w*',
      () => false,
    ],
    ['yesterday', isDay(-1)],
    ['today', isDay(0)],
    ['tomorrow', isDay(1)],
    [
      '(?:the )?(?:previous|prior|preceding) week|week (?:before|earlier)|week[ -](?:on|over)[ -]week',
      (facts) => isBefore(facts, 7, 7),
    ],
    ['(?:last|past) week', (facts) => isRecent(facts, 7, 7)],
    [
      '(?:the )?(?:previous|prior|preceding) month|month (?:before|earlier)|month[ -](?:on|over)[ -]month',
      (facts) => isBefore(facts, 28, 31),
    ],
    ['(?:last|past) month', (facts) => isRecent(facts, 28, 31)],
    ['(?:the )?(?:previous|prior|preceding) quarter|quarter (?:before|earlier)', (facts) => isBefore(facts, 89, 92)],
    ['(?:last|past) quarter', (facts) => isRecent(facts, 89, 92)],
    [
      '(?:last|the previous|the prior) year|years? (?:before|earlier|ago)|year[ -](?:on|over)[ -]year|yoy',
      hasYearBefore,
    ],
    ['past year', (facts) => isRecent(facts, 365, 366)],
    ['(?:previous|prior|preceding) period|period (?:before|earlier)', (facts) => isBefore(facts, 1, 400)],
    ['weekends?', ({ weekdays }) => weekdays.has(0) || weekdays.has(6)],
    [
      '(?:this|next|coming) (?:week|month|quarter|year)|last night|tonight|mornings?|evenings?|hours?|minutes?|nights?',
      () => false,
    ],
    ['spring|summer|autumn|winter|decades?|centur(?:y|ies)|q[1-4]|weeks ago|months ago', () => false],
  ],
  kinds: [
    [
      'records?|highest|lowest|best|worst|never before|(?:as|like|than) never|ever|all[ -]time|first time|unprecedented|historic\\w*|largest day',
      EXTREMES,
    ],
    ['again|once more', GAPS],
    ['since', LASTING],
    ['milestones?', ['milestone']],
    ['targets?|goals?', ['target']],
    ['forecasts?|outlook|projected|predicted|will|going to|next|soon|future|upcoming|continu\\w+', FUTURE],
    ['likely|probably', [...FUTURE, 'broken-tracking']],
    [
      'nothing|none|vanish\\w*|disappear\\w*|tracking|tracked|outages?|broken|silent|missing(?! (?:the|its) target)|gaps?|no data|stopped sending|seems?',
      GAPS,
    ],
  ],
  forbidden:
    'should|must|need(?:s|ed)? to|ha(?:s|ve) to|please|recommend\\w*|consider|suggest\\w*|try|visit our|call|contact|check|review|investigate|ensure|ignore\\w*|system|prompt|instructions?|assistant|password|secret|maybe|perhaps|possibly|possible|might|could|may(?! still change)|would|presumably|apparently|i|me|we|sold out|out of stock|competit\\w+|weather|rain\\w*|snow\\w*|storm\\w*|strikes?|bugs?|errors?|glitch\\w*|hack\\w*|fraud\\w*|pandemic|covid|inflation|recession|economy|economic|pric(?:e|es|ing)|discounts?|promotions?|influencers?|viral|press|news|tv|stock|inventory|shipping|suppliers?|satisf\\w+|unhappy|happy|seo|algorithm\\w*|launch\\w*|websites?|servers?|checkout|payments?|tax\\w*|laws?|boycott\\w*|bankrupt\\w*|profits?|margins?|cash|all (?:the )?(?:other )?(?:channels|countries|products|platforms|campaigns|metrics)|every (?:channel|country|product|platform|campaign|metric)|always|free|buy',
  common: wordsIn(
    `a compares therefore remain running passing passed missing missed about abrupt account accounted accounting accounts across added addition additional adding after against ago all almost along also alongside although among amount amounted amounting amounts an and another anticipated any appear appears are around as at average averaged away
    back based baseline be became because been before began begun being beside between beyond big bigger biggest both bound bounds brief bring bringing brought bulk but by came campaign campaigns cases case channel channels chance change changed changes chart
    clear close closely combined come comes coming comparable compared comparing comparison considerable consistent contrast contribute contributed contributes contributing contribution contributions contributor contributors contributed could countered countries country counter covering curve
    daily data day days decline decrease despite did difference different direction do does down dragged dramatic drop drove due during each earlier effect either ended entire equal equals equivalent especially even event expectation expectations expected experienced explained extra
    fall falling far few figure figures final finding first followed for formed from further gap gave generated give given gives giving go goes going good growth had half happened happens has have having held here higher hit holiday holidays how however
    in increase indeed individual influence instead interval into is it its itself just kept key large larger largest last later least led less level levels lie lies like line low made main major make makes making many mark marked marks matched meanwhile measured median mid moderate modest more most move moved movement movements moves moving much
    near nearly negative new nine no noise nonetheless not notable noteworthy now number numbers occurred of off offset offsetting on once one only opposite or other others otherwise out outside over overall own
    pace part partial parts past pattern peak per percent percentage performance period periods place placed platform platforms plus point points portion positive posted previous previously prior product products pronounced proportion pulled pushed range ranges rate rates ratio reach reached reaching recent record reflect reflected reflecting reflects registered related relative remained remaining remains
    reported represent represented representing represents respective rest result resulted resulting reverse rise rising roughly run saw second see seen sent separate series set settled several share shares sharp shift shifted show showed showing shown shows side significant similar since single sits size slight small smaller so some source stand standing stands start started starting statistically stay stayed steep step still stood strong substantial such sudden sum swing
    take taken takes taking than that the their them then there these they this those though through thus time timeframe times to together too total totaled totaling totalled totalling toward towards trend turn turned turning two typical uncertain uncommon unexpected unusual up usual value values variation versus very view vs was way week weekday weekdays weekend weeks well went were what when where whereas which while whole whose wide with within work worked working works year years yet
    short same risk track may add adds alone known unknown until send sends sending vary varies varied varying incomplete left change compare again today's usual's sale sold noise chance likely equally here's rank order tracked missing seasonal points pointing month months quarter day's week's expected's largest expectation's pre`,
  ),
  adverbs:
    /^(?!(?:italy|sicily|family|supply|reply|ally|fly|bully|jelly|holy|anomaly|assembly|butterfly)$)\p{L}{3,}ly$/u,
};
