// Plans of all fixtures, read by the programs that they are written for.
import { testFormats } from './formats.ts';
import { fixtures } from './plans.ts';

testFormats(fixtures());
