import { expect } from 'vitest';
import testing from './testing.js';

testing.extend(expect);

export const meshOf = testing.meshOf;
