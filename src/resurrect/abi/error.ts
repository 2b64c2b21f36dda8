// A plan, or what should become one, that is not as the format has it.
import { InputError } from '../../base/error.js';

export class PlanFormatError extends InputError {}

export const REBUILD = 'Build the plan again with `ow plan build`, or copy the file again.';
