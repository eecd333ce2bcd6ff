import type { Cues } from './cues.js';
import { APART, BEFORE, INTERVAL, REACHED, TOLD, without, YEAR_APART } from './roles.js';
import type { DayCues } from './vocabulary.js';

const MOVE =
  'veränderung|verlusts?|verluste|rückgangs?|einbruchs?|minus|einbußen?|differenz|abweichung|abstand|lücke|anstiegs?|zuwachs(?:es)?|plus|sprungs?|steigerung|zunahme|abnahme|unterschied|fehlbetrag|gewinn';

const COUNTED =
  '(?:andere[nr]? |weitere[nr]? |letzten |vorherigen )*(?:\\w*tage[ns]?|wochen|monate[n]?|kanäle[n]?|länder[n]?|produkte[n]?|kampagnen|plattformen|kennzahlen|werte[n]?)';

const EXPECTED = ['expected', 'median', ...INTERVAL] as const;
const ARE = 'war|waren|sind|ist|wäre|wären|wurden?|lag|lagen|liegt|liegen|gab|hatten?|betrug|beträgt';

/** What is said behind them may be what something is compared with. */
const MARKED =
  '(?:davor|zuvor|vorher\\w*|früher\\w*|bisherig\\w*|üblich\\w*|erwart\\w*|normal\\w*|gewöhnlich\\w*|vor(?:jahr|woche|monat|periode|zeitraum)\\w*|jahr\\w*|vergl\\w+|gegenüber|als|statt|nach|median\\w*|ziel\\w*|der es)';

export const deCues = (metric: string): Cues => ({
  metric,
  fillers: `de[rsnm]|die|das|eine?[mnrs]?|etwa|rund|ca\\.|ungefähr|knapp|fast|gut|über|mehr als|weniger als|nur|neue[nsm]?|weitere|es|bis jetzt|(?:wert(?:e[ns]?|s)?|niveaus?|höhe|tageswert)(?: von)?|insgesamt|${ARE}|(?:(?:bei|beim|an|am|für|im) (?:de[rnm] |die |das )?)?METRIC:?`,
  before: [
    [`(?:${MOVE})(?: (?:von|um|bei|beim|auf|de[rsm]|${ARE}|METRIC))*`, APART],
    ['(?:einmal|eine[rsnm]?) (?:in|von|unter|auf)', ['cases']],
    ['um', APART],
    ['(?:fehlten|fehlen|fehlte|fehlt|verlor|verloren|verliert)', APART],
    ['median(?:s|wert)?(?: de[rs](?: \\d+)?(?: letzten)? \\w+(?: davor)?)?(?: von)?', ['median', 'expected', 'count']],
    ['(?:ziels?|zielwert(?:s|es)?)(?: NAME)?(?: von)?', ['wanted']],
    [
      '(?:prognosen?|prognostiziert|ausblick|vorhersage|wird|werden)(?: (?:bei|für|den|ganzen|zeitraum|auf|von|NAME))*',
      ['outlook', ...INTERVAL],
    ],
    [
      `(?:vorjahr(?:e?s)?|jahr (?:davor|zuvor)|vor einem jahr)(?: (?:${ARE}))*(?: \\()?`,
      ['yearBefore', 'expected', 'yearChange'],
    ],
    [
      `(?:vorwoche|vormonat(?:s|es)?|vorperiode|vorzeitraum(?:s|es)?|(?:woche|monat|quartal|zeitraum|tage[ns]?) (?:davor|zuvor)|vorherige[nr]? (?:woche|monat|zeitraum))(?: (?:${ARE}))*(?: \\()?`,
      ['expected', 'change'],
    ],
    [`(?:letzte[nr]|vergangene[nr]) (?:woche|monat|quartal)(?: (?:${ARE}))*`, TOLD],
    [
      '(?:höchste[rns]?|niedrigste[rns]?|beste[rns]?)(?: (?:wert|tag|METRIC))? (?:davor|zuvor|bisher|vorher)|rekord (?:davor|zuvor)(?: lag| bei| war| von)*',
      ['previous'],
    ],
    [
      '(?:bisherige[nrsm]?|frühere[nrsm]?|alte[nrsm]?|vorherige[nrsm]?|letzte[nrsm]?) (?:rekords?|höchstwert\\w*|bestwert\\w*|tiefstwert\\w*)(?: bei| von| waren?| lag| liegt| ist)*',
      ['previous'],
    ],
    [
      '(?<!als |wie |unter |über )(?:erwartet|erwartete[nrms]?|üblich|übliche[nrms]?|üblicherweise|normal|normale[nrms]?|gewöhnlich):?',
      EXPECTED,
    ],
    ['(?:erwartung|erwartungen|erwartungswert)(?: von)?', EXPECTED],
    [`(?<!tag |tagen |woche |als )(?:davor|zuvor|vorher|bisher waren|früher)(?: (?:${ARE}|um))*`, [...BEFORE, 'value']],
    ['(?:marke|meilensteins?)(?: von)?|überschritten|übersprangen', ['reached']],
    [
      '(?:kommen|kommt|kamen|summiert sich|summieren sich)(?: \\w+){0,3} auf insgesamt',
      without('reached', ...INTERVAL),
    ],
    [`(?:bisher|bislang)(?: (?:${ARE}|bei|auf|es|METRIC))*`, ['value', 'ratio', 'change', 'share']],
    ['(?<!beläuft sich |belaufen sich |belief sich |beziffert sich )auf|bei|erreich\\w+', REACHED],
    [
      '(?:statt|anstatt|anstelle von|nach|gegenüber|verglichen mit|im vergleich zu)',
      [...BEFORE, 'wanted', ...INTERVAL, 'ratio'],
    ],
    [`(?:(?:${ARE}) )mit|mit(?=.*METRIC)`, REACHED],
    ['mit', TOLD],
    ['METRIC von', REACHED],
  ],
  after: [
    [
      '(?:METRIC )?(?:unter|über|mehr|weniger|höher|niedriger|gegenüber|als)(?: [^\\s;,]+(?:,\\d+[^\\s;,]*)?){0,6} (?:vorjahr\\w*|jahr (?:davor|zuvor)|(?:letzten|vorigen) jahr\\w*)',
      YEAR_APART,
    ],
    ['von \\d+ fällen', ['hits']],
    ['(?:der |aller )?fällen?', ['cases', 'chance']],
    [COUNTED, ['count']],
    [
      'davon|de[rs] (?:rückgang|anstieg|zuwachs|veränderung|gesamt|unterschied|einbruch|verlust|minus|plus)\\w*',
      ['share', 'contribution', 'offset', 'ratio', 'count'],
    ],
    [`(?:METRIC )?(?:(?:${ARE}) )*(?:erwartet|üblich|normal)`, EXPECTED],
    ['(?:METRIC )?(?:gingen |ging |gehen |sind |waren )?(?:verloren|fehlten|fehlen|fehlte|fehlt)', APART],
    ['(?:METRIC )?(?:pro tag )?(?:weniger|mehr|niedriger|höher|geringer|zusätzliche?|zu wenig)', APART],
    ['um (?:etwa |rund )?\\d[\\d.,]*', ['value', 'outlook', 'reached', ...BEFORE]],
    ['(?:unter|über|darunter|darüber)', [...APART, 'value', 'outlook']],
    [
      '(?:METRIC )?(?:kamen herein|kam herein|wurden? erreicht|erreicht)',
      ['value', 'outlook', 'reached', 'wanted', 'contribution'],
    ],
    ['(?:METRIC )?(?:des vorjahre?s|im vorjahr|im jahr (?:davor|zuvor))', ['yearBefore', 'expected', 'yearChange']],
    [
      '(?:METRIC )?(?:de[rs]|in (?:der|den)|im|am) (?:\\d+ )?(?:vorwoche|vormonat(?:s|es)?|(?:woche|monats?|quartals?|zeitraums?|tage?[ns]?) (?:davor|zuvor))',
      ['expected', 'change'],
    ],
    ['(?:METRIC )?in (?:der letzten|den letzten|der vergangenen)', TOLD],
    ['(?:METRIC )?(?:pro|je|in der) (?:woche|monat|quartal|jahr)', ['value', 'expected', 'outlook', 'yearBefore']],
    ['METRIC', without('share', 'chance')],
  ],
  interval: {
    before: `(?:zwischen|bereichs?(?: (?:von|zwischen))*|spanne(?: von)?|fällen|(?:üblich|üblicherweise|normal)(?: (?:${ARE}))*:?)`,
    after: `(?:METRIC )?(?:${ARE}) (?:üblich|normal)`,
  },
  to: 'bis(?: zu)?|–|-|auf',
  and: 'und',
  told: `(?:METRIC:|war|waren|ist|sind|betrug|betrugen|beträgt)(?<!${MARKED}[^;]{0,70})`,
  edge: 'mindestens|höchstens|minimum|maximum|(?:unter|ober)(?:e|en|er) (?:ende|grenze|rand)|untergrenze|obergrenze',
  named: [
    ['wanted', 'ziele?n?s?|zielwert\\w*|plan\\w*|soll', []],
    [
      'outlook',
      'prognos\\w+|ausblick\\w*|wird|werden|voraussichtlich|vorhersage|wahrscheinlich|auf kurs|kurs',
      ['forecast'],
    ],
    ['yearBefore', '\\w*jahr\\w*|20\\d\\d', []],
    ['yearChange', '\\w*jahr\\w*|20\\d\\d', []],
    ['previous', 'davor|zuvor|bisher\\w*|vorher\\w*|früher\\w*|alte\\w*|letzte\\w*|als', []],
    ['offset', 'entgegen\\w*|gegen\\w*|dagegen|trotz|bremst\\w*|aber|während', []],
    ['chance', 'fäll\\w*|einmal|zufall\\w*|rauschen', []],
    ['deviation', 'median\\w*|hälfte|weich\\w*|abweich\\w*|schwank\\w*', []],
    ['median', 'median\\w*|üblich\\w*|erwart\\w*|normal\\w*|statt|davor|von|als', []],
  ],
});

export const deDays: DayCues = {
  before:
    '(?:vorwoche|vormonats?|vorperiode|vorzeitraums?|(?:woche|monats?|quartals?|zeitraums?|tage?[ns]?) (?:davor|zuvor)),?(?: \\()? ?(?:(?:am|vom) )?',
  yearBefore: '(?:vorjahr(?:e?s)?|jahr (?:davor|zuvor)),?(?: \\()? ?(?:(?:am|vom) )?',
  since: 'seit (?:dem )?',
  from: '(?:seit|ab|vom|von)(?: dem)? ',
  notOf: 'als|gegenüber|verglichen mit|im vergleich zu[mr]?|nach|statt',
  clauses: 'als|gegenüber|verglichen|vergleich|nach|während|aber|wobei|statt|wohingegen',
  left: 'nicht eingerechnet|nicht mitgezählt|ausgelassen|unvollständig\\w*',
  each: ' ?tage?n? (?:jedes|beider|in jedem|(?:ist|sind|wurden?) (?:nicht|aus))',
  highest: 'am höchsten|höchste\\w*|spitze\\w*',
  lowest: 'am niedrigsten|niedrigste\\w*',
};
