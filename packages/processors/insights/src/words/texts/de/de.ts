/** What the template narrator says in German. */
import type { Texts } from '../texts.js';
import { deCourse } from './course.js';
import { deDetails } from './details.js';
import { deEvents } from './events.js';
import { deFaults } from './faults.js';
import { deMarks } from './marks.js';
import { deStates } from './states.js';

export const de: Texts = {
  kinds: { ...deCourse, ...deEvents, ...deFaults, ...deMarks },
  details: deDetails,
  ...deStates,
};
