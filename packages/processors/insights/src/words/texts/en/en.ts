/** What the template narrator says in English. */
import type { Texts } from '../texts.js';
import { enCourse } from './course.js';
import { enDetails } from './details.js';
import { enEvents } from './events.js';
import { enFaults } from './faults.js';
import { enMarks } from './marks.js';
import { enStates } from './states.js';

export const en: Texts = {
  kinds: { ...enCourse, ...enEvents, ...enFaults, ...enMarks },
  details: enDetails,
  ...enStates,
};
