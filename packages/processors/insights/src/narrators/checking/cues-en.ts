import type { Cues } from './cues.js';
import { APART, BEFORE, INTERVAL, REACHED, TOLD, without, YEAR_APART } from './roles.js';
import type { DayCues } from './vocabulary.js';

const MOVE =
  'change|loss|shortfall|gap|difference|deficit|increase|rise|drop|fall|decline|decrease|gain|growth|surplus|jump|slump|dip|plunge|surge|reduction|improvement';

const COUNTED =
  '(?:other |more |main |such |full |further |last |previous )*(?:\\w*days|weeks|months|channels|countries|products|campaigns|platforms|metrics|figures|drivers|others)';

const EXPECTED = ['expected', 'median', ...INTERVAL] as const;

/** What is said behind them may be what something is compared with. */
const MARKED =
  '(?:before|earlier|previous\\w*|prior|usual\\w*|expect\\w*|normal\\w*|typical\\w*|anticipat\\w*|years?|compar\\w+|than|against|median|target|goal|when)';

export const enCues = (metric: string): Cues => ({
  metric,
  fillers:
    'a|an|the|new|its|their|this|that|about|around|roughly|approximately|almost|nearly|just|only|some|over|more than|less than|another|further|of|was|were|is|are|has been|have been|had been|had|would be|to be|value|values|level|figure|figures|daily|total|(?:(?:of|in|for|on) )?METRIC:?',
  before: [
    [`(?:${MOVE})(?: (?:of|in|was|is|by|at|to|for|METRIC|amount(?:s|ed|ing)? to|comes? to|came to))*`, APART],
    ['(?:once|one) (?:in|of|out of)', ['cases']],
    ['by', APART],
    ['(?:lost|losing|lacking|missing|missed|gained|added|short by|shed|down|up|off)', APART],
    ['(?:difference|gap|shortfall|deficit)[^;:]{0,50} (?:is|was|amounts to)', APART],
    [
      '(?:is|are) (?:\\w+ )?(?:expected|likely|projected|predicted) to (?:be|reach|total|come to)',
      ['outlook', 'wanted'],
    ],
    ['(?:median)', ['median', 'expected', 'count']],
    ['(?:targets?|goals?)(?: NAME)?', ['wanted']],
    [
      '(?:forecasts?|outlook|projected|predicted|will be|will reach|projection)(?: (?:at|to|for|the|whole|time|period|it|will|NAME))*',
      ['outlook', ...INTERVAL],
    ],
    [
      '(?:years? (?:before|earlier|ago)|(?:previous|last|prior) year)(?:,? (?:there|it|they|METRIC))?(?: \\()?',
      ['yearBefore', 'expected', 'yearChange'],
    ],
    [
      '(?:(?:week|month|quarter|period|days?) (?:before|earlier)|(?:previous|prior|preceding) (?:week|month|quarter|period|(?:\\d+ )?days))(?:,? (?:there|it|they|METRIC))?(?: \\()?',
      ['expected', 'change'],
    ],
    ['(?:last|past) (?:week|month|quarter)(?:,? (?:there|it|they))?', TOLD],
    ['(?:highest|lowest|best|record)(?: (?:day|value|figure))? (?:before|so far|until then)', ['previous']],
    ['(?:previous|old|former|earlier|last) (?:record|highest|lowest|best|high|low|maximum|peak)', ['previous']],
    [
      '(?:(?<!than |as |like |below |above |beyond )(?:expected|usual|usually|normal|normally|typical|typically|anticipated):?)',
      EXPECTED,
    ],
    ['(?:the|its|their|an|and|from|than|over|below|above) (?:expected|usual|normal|typical|anticipated)', EXPECTED],
    ['(?:expectations?|baseline) of', EXPECTED],
    ['(?<!than |the day |the week |ever )(?:before|previously|earlier)(?:,? (?:there|it|they))?', BEFORE],
    ['(?:marks?|milestones?|passed|crossed|exceeded|surpassed)', ['reached', ...BEFORE, 'wanted', ...INTERVAL]],
    ['(?:adds?|added|adding) up to|totall?(?:ed|ing)|in total', ['value', 'expected']],
    ['(?:contributed|accounts? for|accounted for|responsible for|caused)', ['share', 'contribution', 'offset']],
    [
      '(?<!compared |close |similar |equal |equals |due |according |relative |attributed |up |came |comes |come |amount |amounts |amounted |amounting |corresponds |corresponding |belongs |adds up )to|(?:reach(?:ed|es|ing)?|at)',
      REACHED,
    ],
    [
      '(?:instead of|rather than|up from|down from|from|against|versus|compared (?:with|to)|after)',
      [...BEFORE, 'wanted', ...INTERVAL, 'ratio'],
    ],
    ['METRIC(?: so far)? of', REACHED],
    ['so far(?: (?:it|METRIC))?|METRIC so far', ['value', 'ratio', 'change', 'share']],
  ],
  after: [
    [
      '(?:METRIC )?(?:less|fewer|more|higher|lower|below|above|up|down|than|on|over|against|compared (?:with|to))(?: [^\\s;,]+(?:,\\d+[^\\s;,]*)?){0,6} (?:years? (?:before|earlier|ago)|(?:last|previous|prior) year)',
      YEAR_APART,
    ],
    ['of \\d+ (?:cases|times)', ['hits']],
    ['(?:of (?:all )?)?(?:cases|times)', ['cases', 'chance']],
    [COUNTED, ['count']],
    [
      '(?:points? )?(?:of (?:it|this|that|them)|of the (?!expected|usual|normal|target|planned)(?:whole )?(?:\\w+ )?(?:\\w+)(?! of))(?<!of the (?:days|weeks|cases|METRIC|year|week|period|month|previous week))',
      ['share', 'contribution', 'offset', ...INTERVAL, 'count', 'ratio', 'chance', 'deviation', ...BEFORE],
    ],
    [
      '(?:METRIC )?(?:that |which )?(?:(?:was|were|is|are|had|has|have|would|been|be) )*(?:expected|usual|normal|typical|anticipated)',
      EXPECTED,
    ],
    ['(?:METRIC )?(?:(?:was|were|is|are|had|has|have|been) )*(?:lost|missing|lacking|gone)', APART],
    [
      '(?:METRIC )?(?:(?:a|per|each) day )?(?:less|fewer|more|higher|lower|short of|below|above|beneath|additional|extra|too (?:low|few)|(?:down|up)(?! from| to| at))',
      APART,
    ],
    ['(?:METRIC )?(?:before|previously|until then)(?! (?:\\w+ )?\\d)', [...BEFORE, 'difference', 'change']],
    [
      '(?:METRIC )?(?:came in|arrived|was reached|were reached)',
      ['value', 'outlook', 'reached', 'wanted', 'contribution'],
    ],
    [
      '(?:METRIC )?(?:of|a|in the) year (?:before|earlier|ago)|(?:METRIC )?(?:of|in) the (?:previous|prior) year',
      ['yearBefore', 'expected', 'yearChange'],
    ],
    [
      '(?:METRIC )?(?:(?:in|of|from|on|during) )?the (?:\\d+ )?(?:(?:week|month|quarter|period|days?) (?:before|earlier)|(?:previous|prior|preceding) (?:\\d+ )?(?:week|month|quarter|period|days?))',
      ['expected', 'change'],
    ],
    ['(?:METRIC )?(?:(?:in|of|over|during) )?(?:the )?(?:last|past) (?:\\d+ )?(?:week|month|quarter|days)', TOLD],
    ['(?:METRIC )?(?:a|per|each|every) (?:week|month|quarter|year)', ['value', 'expected', 'outlook', 'yearBefore']],
    ['METRIC', without('share', 'chance')],
  ],
  interval: {
    before:
      '(?:between|ranges?(?: (?:of|from|is|was))*|(?<!from the |from its |from their |to the |than the |below the |above the )usual(?:ly)?:?|cases)',
    after: '(?:METRIC )?(?:is|are|were|was) (?:usual|normal|typical|expected)',
  },
  to: 'to|–|-|and up to',
  and: 'and',
  told: `(?:METRIC:|was|were|is|are)(?<!${MARKED}[^;]{0,70})`,
  edge: 'at (?:least|most)|minimum|maximum|(?:lower|upper|low|high) (?:bound|end|limit|edge)|lowest|highest',
  named: [
    ['wanted', 'targets?|goals?|wanted|plan', []],
    ['outlook', 'forecasts?|outlook|will|projected|projection|predicted|likely|probably|on track', ['forecast']],
    ['yearBefore', '\\w*years?|yoy|20\\d\\d', []],
    ['yearChange', '\\w*years?|yoy|20\\d\\d', []],
    ['previous', 'before|previous\\w*|earlier|prior|old|former|last|than|so far|past', []],
    ['offset', 'against|offset\\w*|counter\\w*|opposite|despite|slowed|while|but', []],
    ['chance', 'cases?|once|chance|noise|interval|likely', []],
    ['deviation', 'median|half|within|deviat\\w+|var(?:y|ies|ied)', []],
    ['median', 'median|usual\\w*|expected|normal\\w*|typical\\w*|instead|before|from|than', []],
  ],
});

export const enDays: DayCues = {
  before:
    '(?:week|month|quarter|period|days?) (?:before|earlier)(?:,| \\(|:)? ?(?:(?:on|of|from) )?|(?:previous|prior|preceding) (?:week|month|quarter|period|(?:\\d+ )?days?),?(?: \\()? ?(?:(?:on|of|from) )?(?:\\()?',
  yearBefore:
    'years? (?:before|earlier|ago)(?:,| \\(|:)? ?(?:(?:on|from) )?|(?:previous|last|prior) year,?(?: \\()? ?(?:(?:on|from) )?',
  since: 'since (?:the )?',
  from: '(?:since|from|starting|beginning|began|started)(?: on)? (?:the )?',
  notOf: 'than|against|versus|compared (?:with|to)|after|relative to',
  clauses: 'than|against|versus|vs|compared|after|while|whereas|but|where|instead',
  left: 'left out|not counted|not included|incomplete|excluded',
  each: ' ?days? (?:of each|of both|(?:is|are|was|were) (?:left|not|in))',
  highest: 'highest|peak\\w*|strongest|best',
  lowest: 'lowest|weakest|worst',
};
