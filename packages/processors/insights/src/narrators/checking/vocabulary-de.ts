import { deCues, deDays } from './cues-de.js';
import { NAME_SIGNS } from './passage.js';
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

/** The rest of a verb that stands at the end of its clause: `nahm im letzten Monat um 12 % zu`. */
const ends = (particle: string) => `(?=[^.!?;]{0,120} ${particle}(?=\\s*(?:[,.:;!?)–]|und(?!\\w)|$)))`;

/** `Das geht auf Organic Search zurück` says where it comes from, and `ging um 12 % zurück` where it went. */
const wentBack = `(?:ging|gingen|geht|gehen)(?! auf [\\w${NAME_SIGNS}])(?![^.!?;]* auf (?:\\w+ ){0,2}[${NAME_SIGNS}])`;

const METRICS: Vocabulary['metrics'] = [
  ['returnOnAdSpend', 'roas|return on ad spend|werbeertrag\\w*'],
  ['adRevenue', 'werbeums[aä]tz\\w*|anzeigenums[aä]tz\\w*|umsatz aus (?:anzeigen|werbung)'],
  ['adSpend', 'werbeausgaben|werbekosten|anzeigenausgaben|ausgaben für werbung'],
  ['averageOrderValue', '(?:durchschnittliche\\w* )?bestellwert\\w*|warenkorb\\w*|aov'],
  ['conversionRate', 'conversion-?rates?|konversionsrate\\w*|conversions?'],
  ['newCustomers', 'neukunden|neuen? kunden|neukundinnen|kunden'],
  ['impressions', 'werbeeinblendungen|anzeigenimpressionen|impressionen|einblendungen'],
  ['clicks', 'anzeigenklicks|klicks'],
  ['sessions', 'sitzungen|besuche|zugriffe|besucher\\w*|traffic'],
  ['refunds', 'erstattungen|rückerstattungen|rückzahlungen'],
  ['orders', 'bestellungen|aufträge|bestellzahl\\w*|käufe'],
  ['revenue', 'ums[aä]tz\\w*|verkäufe|erlöse?'],
];

export const deVocabulary: Vocabulary = {
  cues: deCues(METRICS.map(([, pattern]) => pattern).join('|')),
  days: deDays,
  months: [
    ['januar', 'jänner', 'jan'],
    ['februar', 'feber', 'feb'],
    ['märz', 'mär', 'mrz'],
    ['april', 'apr'],
    ['mai'],
    ['juni', 'jun'],
    ['juli', 'jul'],
    ['august', 'aug'],
    ['september', 'sept', 'sep'],
    ['oktober', 'okt'],
    ['november', 'nov'],
    ['dezember', 'dez'],
  ],
  weekdays: [
    ['sonntag(?:e|en|s)?', 'so(?=[.,] \\d)'],
    ['montag(?:e|en|s)?', 'mo(?=[.,] \\d)'],
    ['dienstag(?:e|en|s)?', 'di(?=[.,] \\d)'],
    ['mittwoch(?:e|en|s)?', 'mi(?=[.,] \\d)'],
    ['donnerstag(?:e|en|s)?', 'do(?=[.,] \\d)'],
    ['freitag(?:e|en|s)?', 'fr(?=[.,] \\d)'],
    ['samstag(?:e|en|s)?', 'sonnabend(?:e|en|s)?', 'sa(?=[.,] \\d)'],
  ],
  metrics: METRICS,
  up: `stieg\\w*|gestiegen\\w*|steig\\w*|anstieg\\w*|angestiegen|zugenommen|zunahm\\w*|zuwachs|wuchs\\w*|gewachsen|wachs\\w*|erhöh\\w*|höher\\w*|hoch|hohe\\w*|mehr|über(?= (?:de[mnr]|dem|den|vorjahr|plan|ziel|erwart|soll|norm))|aufwärts|oben|sprang\\w*|sprung\\w*|gesprungen|kletter\\w*|geklettert|schnell(?:te|en)|zugelegt|verbesser\\w*|besser\\w*|stark|stärker|erholt\\w*|erholung|plus|übertr[ao]f\\w*|übertriff\\w*|explodier\\w*|boom\\w*|gewann\\w*|gewonnen|gewinn\\w*|(?:nahm|nahmen|nimmt|nehmen|legte|legten|legt|legen)${ends('zu')}|(?:zog|zogen|zieht|ziehen)${ends('an')}`,
  down: `fehlten(?= \u0001)|fiel\\w*|gefallen\\w*|fällt|fallen\\w*|rückgang\\w*|rückgänge|rückläufig\\w*|sank\\w*|sink\\w*|gesunken\\w*|sunken|abgenommen|abnahm\\w*|verringer\\w*|reduzier\\w*|niedrig\\w*|niedriger\\w*|gering\\w*|weniger|unter(?= (?:de[mnr]|dem|den|vorjahr|plan|ziel|erwart|soll|norm))|darunter|abwärts|unten|einbruch\\w*|eingebrochen|brach\\w*|bricht|stürz\\w*|absturz|abgestürzt|gestürzt|schrumpf\\w*|geschrumpft|verlor\\w*|verloren|verlust\\w*|schwäch\\w*|schwach\\w*|verschlechter\\w*|schlechter\\w*|minus|zurückgegangen|nachgelassen|nachgegeben|rutsch\\w*|gerutscht|${wentBack}${ends('zurück')}|(?:nahm|nahmen|nimmt|nehmen)${ends('ab')}|(?:ließ|ließen|lässt|lassen|gab|gaben|gibt|geben)${ends('nach')}`,
  flat: 'unverändert\\w*|stabil\\w*|konstant\\w*|gleich geblieben|gleichgeblieben|wie üblich|stagnier\\w*|normal\\w*',
  not: 'nicht|nie|niemals|kein\\w*|ohne|weder|noch nie|kaum|nicht mehr|statt zu|anstatt',
  multiples: [
    ['(?:verdoppel\\w*|doppelt so|das doppelte|aufs doppelte|zweimal so|2-mal so|(?<![.,])2 ?x|zweifach\\w*)', 2],
    ['(?:verdreifach\\w*|dreimal so|3-mal so|(?<![.,])3 ?x|das dreifache|dreifach\\w*)', 3],
    ['(?:vervierfach\\w*|viermal so|4-mal so|(?<![.,])4 ?x|das vierfache|vierfach\\w*)', 4],
    ['(?:verfünffach\\w*|fünfmal so|5-mal so|(?<![.,])5 ?x|das fünffache|fünffach\\w*)', 5],
    ['(?:verzehnfach\\w*|zehnmal so|10-mal so|(?<![.,])10 ?x|das zehnfache|zehnfach\\w*)', 10],
    ['(?:halbier\\w*|halb so|auf die hälfte)', 0.5],
  ],
  fractions: [
    ['zwei[ -]?drittel\\w*', 200 / 3],
    ['drei[ -]?viertel\\w*', 75],
    ['(?:ein(?:em|es)? )?drittel', 100 / 3],
    ['(?:ein(?:em|es)? )?viertel(?!jahr)', 25],
    ['(?:ein(?:em|es)? )?fünftel', 20],
    ['(?:ein(?:em|es)? )?zehntel', 10],
    ['(?:die |der |zur )?hälfte', 50],
  ],
  numbers: [
    ...'null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig'
      .split(' ')
      .map((word, value) => [word, value] as const),
    ...'dreißig vierzig fünfzig sechzig siebzig achtzig neunzig hundert'
      .split(' ')
      .map((word, index) => [word, 30 + 10 * index] as const),
    ['hunderte', Number.NaN],
    ['tausende?', 1_000],
    ['million(?:en)?', 1_000_000],
    ['milliarden?', 1_000_000_000],
    ['dutzende?', 12],
  ],
  about: 'etwa|rund|ungefähr|circa|ca\\.|zirka|annähernd|an die',
  moreThan: 'mehr als|über|gut',
  almost: 'fast|knapp|beinahe|nahezu|weniger als|unter',
  of: '(?:de[rs]|davon|dessen|vo[nm]|am|an)\\b',
  level: 'auf|bei|von|ist|sind|war|waren|beträgt|betrug|als|statt|zwischen|und|bis|nach|mit|erwartet|:',
  by: 'um',
  less: 'weniger|mehr',
  than: 'statt|anstatt|anstelle von|als|nach|erwartete[nrm]?',
  to: 'auf|erreichte\\w*|bei',
  compared:
    'erwart\\w*|statt|anstatt|anstelle|üblich\\w*|normal\\w*|vor|davor|zuvor|vorher\\w*|früher\\w*|vorjahr\\w*|vorwoche\\w*|vormonat\\w*|vergleich\\w*|verglichen|gegenüber|als|von|nach|unter|über|median|durchschnitt\\w*|ziel|prognose|jahr\\w*',
  most: 'größte\\w* teil|überwiegend|hauptsächlich|vor allem|größtenteils|in erster linie|mehrheit\\w*|meist\\w*',
  whole: '(?<!zufall )allein|vollständig|komplett|ausschließlich|ganz|gänzlich|nur(?! (?:etwa |rund )?\u0001)',
  cause:
    'weil|wegen|aufgrund|auf grund|durch|dank|infolge|verursach\\w*|bedingt|grund|gründe|ursache\\w*|ausgelöst|auslöser|zurückzuführen|zurückgeh\\w*|denn|deshalb|daher|deswegen|nachdem|führte\\w*|getrieben|treiber|verantwortlich|angesichts|nach eine[rm]|kommt von|kam von|kommen von|kamen von',
  chance: 'zufall\\w*|zufällig\\w*|rauschen',
  within: 'in|im|bei|beim|aus|für|von|vom',
  and: 'und|sowie|auch|mit',
  spans: [
    ['tage?[ns]?', 1, 1],
    ['wochen?', 7, 7],
    ['monat(?:en?|s)?', 28, 31],
    ['quartal(?:en?|s)?', 89, 92],
    ['jahr(?:en?|es)?', 365, 366],
  ],
  times: [
    ['(?:innerhalb|binnen|seit|in|während) eine[rs]? woche', isLong(7, 7)],
    ['(?:innerhalb|binnen|seit|in|während) eine[ms]? monats?', isLong(28, 31)],
    ['(?:innerhalb|binnen|seit|in|während) eine[ms]? jahr(?:es)?', isLong(365, 366)],
    [
      '(?:seit|innerhalb von|binnen|über) (?:tagen?|wochen|monaten?|jahren?)|beide[nr]? (?:tagen?|wochen|monaten?|jahren?)|(?:zweite|dritte|vierte|fünfte)[nrs]? (?:tag|woche|monat|jahr|mal)\\w*|in folge|hintereinander',
      () => false,
    ],
    ['gestern', isDay(-1)],
    ['heute', isDay(0)],
    ['morgen', isDay(1)],
    ['vorwoche|woche (?:davor|zuvor)|vorherige\\w* woche|wochenvergleich', (facts) => isBefore(facts, 7, 7)],
    ['(?:letzte|vergangene|vorige)[nr]? woche', (facts) => isRecent(facts, 7, 7)],
    ['vormonat\\w*|monat (?:davor|zuvor)|vorherige\\w* monat', (facts) => isBefore(facts, 28, 31)],
    ['(?:letzte|vergangene|vorige)[nrm]? monat', (facts) => isRecent(facts, 28, 31)],
    ['vorquartal\\w*|quartal (?:davor|zuvor)', (facts) => isBefore(facts, 89, 92)],
    ['(?:letzte|vergangene|vorige)[nrm]? quartal', (facts) => isRecent(facts, 89, 92)],
    ['vorjahr\\w*|(?:letzte|vergangene|vorige)[nrms]? jahr\\w*|jahr (?:davor|zuvor)|vor einem jahr', hasYearBefore],
    [
      'vorperiode|vorzeitraum\\w*|zeitraum (?:davor|zuvor)|(?:vorherige|vorangegangene|vorige)\\w* zeitraum',
      (facts) => isBefore(facts, 1, 400),
    ],
    ['wochenende\\w*', ({ weekdays }) => weekdays.has(0) || weekdays.has(6)],
    [
      '(?:diese|nächste|kommende)[nrsm]? (?:woche|monat|quartal|jahr)|vormittag\\w*|nachmittag\\w*|abends?|nachts?|nacht|stunden?|minuten?|uhr',
      () => false,
    ],
    [
      'frühling\\w*|frühjahr\\w*|sommer\\w*|herbst\\w*|winter\\w*|jahrzehnt\\w*|q[1-4]|vor wochen|vor monaten',
      () => false,
    ],
  ],
  kinds: [
    [
      'rekord\\w*|(?:noch|wie) nie|höchst(?!ens)\\w*|niedrigst\\w*|best(?:e|er|es|en|em)|schlechtest\\w*|jemals|erstmals|historisch\\w*|beispiellos\\w*',
      EXTREMES,
    ],
    ['wieder|erneut|abermals|wiederum', GAPS],
    ['seit|seitdem|bleibt|bleiben', LASTING],
    ['meilenstein\\w*|marke', ['milestone']],
    ['ziel|ziels|ziele|zielwert', ['target']],
    [
      'prognose\\w*|ausblick|prognostiziert|wird|werden|weiterhin|künftig\\w*|bald|demnächst|nächste\\w*|zukunft',
      FUTURE,
    ],
    ['wahrscheinlich|wohl|vermutlich', [...FUTURE, 'broken-tracking']],
    [
      'nichts|verschwunden|verschwand\\w*|erfassung|erfasst|tracking|ausfall|ausgefallen|gestört|störung|fehlen\\w*|fehlt|lücke\\w*|keine daten',
      GAPS,
    ],
  ],
  forbidden:
    'soll|sollte\\w*|sollen|muss|müss\\w*|bitte|empfehl\\w*|empfiehlt|klicken|klicke|besuchen sie|prüf\\w*|überprüf\\w*|ignorier\\w*|anweisung\\w*|system\\w*|prompt|assistent\\w*|passwort|geheim\\w*|kontaktier\\w*|rufen sie|vielleicht|möglicherweise|möglich\\w*|könnte\\w*|dürfte\\w*|würde\\w*|offenbar|anscheinend|ich|mir|mich|wir|uns|wettbewerb\\w*|konkurren\\w*|mitbewerber\\w*|wetter\\w*|regen\\w*|schnee\\w*|sturm\\w*|streik\\w*|fehler\\w*|panne\\w*|hacker\\w*|pandemie|corona|inflation|rezession|wirtschaft\\w*|konjunktur\\w*|preis\\w*|rabatt\\w*|aktion|aktionen|gutschein\\w*|influencer\\w*|viral\\w*|presse|nachrichten|fernsehen|lager\\w*|bestand|bestände|versand\\w*|lieferant\\w*|lieferung\\w*|zufrieden\\w*|seo|algorithm\\w*|start|webseite\\w*|website\\w*|server\\w*|kasse|zahlung\\w*|steuer\\w*|gesetz\\w*|boykott\\w*|insolven\\w*|pleite|marge\\w*|alle[nr]? (?:anderen )?(?:kanäle\\w*|länder\\w*|produkte\\w*|plattformen|kampagnen|kennzahlen)|jede[rsnm]? (?:kanal|land|produkt|plattform|kampagne|kennzahl)|immer|kostenlos|kaufen sie',
  forbiddenNouns: 'betrug\\w*',
  common: wordsIn(
    `ab ausmachte gefolgt überschritten überschritt erreichen betragen voraussichtlich erklärt abweichung abweichungen abseits aber aktuell allein alle allem aller als also am an andere anderem anderen anderer anderes anstieg anstiegs anteil anteile anteils auch auf auffällig auffällige auffälliger aufgrund aus ausmacht ausmachten ausreißer außer außerdem außergewöhnlich außerhalb
    basis bei beide beiden beim beitrag beiträgt beitrug beigetragen belief beläuft beobachtet bereich bereits betrachtet beträgt betrug betrugen bewegt bewegte bewegten bis bisher bisherige bisherigen bleibt blieb blieben
    da dabei dadurch dafür dagegen daher damit danach daneben dank dann daran darauf darin darunter das davon davor dazu dem den denn der deren des deshalb dessen deutlich deutliche deutlichem deutlichen deutlicher deutliches die dies diese diesem diesen dieser dieses differenz doch dort drittel durch durchschnitt durchschnittlich durchschnittliche durchschnittlichen
    ebenfalls ebenso effekt eher ein eine einem einen einer eines einfluss einzelne entfallen entfällt entfiel entfielen entgegen entgegengewirkt entspricht entsprach entsprechend entwicklung er erfasste ergibt ergebnis erheblich erheblichen erheblicher erneut erreicht erreichte erreichten erst erste ersten erster erwartet erwartete erwarteten erwarteter erwartetem erwartung erwartungen erwirtschaftet erzielt erzielte erzielten es etwa etwas
    fall falle fällen fälle fast feiertag feiertags figuren fiel folge folgen folgt für gab gar gebracht gefährdet gegen gegenüber gegenläufig geht gehen gehört gemeinsam gemeldet gemessen gesamt gesamte gesamten gesamtveränderung geschäft gewicht gewöhnlich ging gingen gleich gleiche gleichen gleichzeitig grund größte größten größter
    hälfte haben hat hatte hatten hauptbeitrag hauptgrund hauptsächlich hebt heraus hier hin hinter hinweg höhe ihm ihn ihr ihre ihrem ihren ihrer im immerhin in infolge innerhalb ins insgesamt ist
    jahr jahre jahren jahres je jedem jedoch jetzt kam kamen kanal kanals kanäle kampagne kampagnen kennzahl kennzahlen klar klarer kommen kommt kontrast kurs kurz
    lag lagen land landes länder lang laut lediglich leicht leichte leichter lieferte lieferten liegen liegend liegt ließ machen macht machte machten maß mehr meisten merklich mit mitbewegt mittel median mitverantwortlich monat monate monaten monats
    nach nachdem nahezu nahm nahe neben neue neuen neues neuem niveau niveaus noch nun nur ob obwohl oder ohne per periode plattform plattformen plötzlich plötzliche plötzlichen plötzlicher platz produkt produkte produkts prozent prozentpunkte prozentpunkten punkt punkte punkten
    quartal rang rate rahmen recht reichte rest restlichen restliche richtung rund rückgang rückgangs runde saison schnitt schon schwankt schwanken schwankte schwankung schwankungen sehr sein seine seinem seinen seiner seit seitdem sich sie sind so sogar somit sonst sonstigen sowie sowohl spanne spitze spitzen spürbar spürbaren stammen stammt stammte stand standen statt steht stellt stufe summe
    tag tage tagen tages tageswert tageswerte teil teile teils teilweise trend trends trendwende trieb trieben trug trugen trat trotz um und unerwartet unerwartete unerwarteten unerwarteter ungewöhnlich ungewöhnliche ungewöhnlichen ungewöhnlicher unsicherheit unter unterhalb oberhalb unterschied unverändert ursache üblich übliche üblichen üblicher üblicherweise übrigen über überwiegend
    veränderung veränderungen verantwortlich verändert veränderte verbuchte vergleich vergleichs vergleichstage vergleichstags verglichen verglichenen verkauft verlauf verlief verliefen verursacht verzeichnete verzeichneten verzeichnet viel viele vierteljahr vom von vor voran vorangegangene vorangegangenen vorher vorherige vorherigen vorherigem
    während war waren was weg wegen weil weit weitere weiterem weiteren weiterer weiteres weiter welche welcher welches wenn wert werte werten wertes werts weswegen wich wichtigste wichtigsten wie wieder wies wirken wirkt wirkte wirkten wobei woche wochen wochentag wochentage wochentagen wohingegen worden wurde wurden
    letzte letzten letzter letztem denselben dieselben dasselbe derselben ganze ganzen ganzer höchstens mindestens maximal weicht abweicht kurs jede jeden jeder jedes einmal pro lang langen langer gedreht dreht drehte daten liefert lieferte geliefert bekannt unbekannt fehlt fehlend sendet gesendet verkauf verkaufs weiterlief liefen lief unvollständig können ändern geändert ändert eingerechnet ausgelassen vorjahreswert vorwochenwert wochenwert tageswerts kennwert tendenz
    zahl zahlen zeichnet zeigen zeigt zeigte zeigten zeit zeitgleich zeitraum zeitraums zeiträume ziel zu zudem zugleich zuletzt zum zur zurück zurückzuführen zusammen zusammenhang zusätzlich zuvor zwar zwischen zuwachs zuwachses`,
  ),
  adverbs: /^(?!)/,
};
