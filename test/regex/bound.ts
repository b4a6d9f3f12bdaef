import { RegExpParser, type AST } from '@eslint-community/regexpp';
import { any, areDisjoint, lettersOf, none, union, type Letters } from './letters.ts';

// An upper bound for the steps of a backtracking matcher, as the exponent of the input's length. It is read off the
// structure of the pattern: what is not understood is without bound. Repetitions up to a number are taken for endless
// ones, but for a few.

/** What a part of a pattern costs where it begins at one letter. */
interface Cost {
  /** In how many ways it matches that the next letter does not refute, as an exponent of the input's length. */
  ways: number;
  /** How many steps it takes to try all of them, likewise. */
  steps: number;
  /** Steps of what is looked at and not consumed, likewise. */
  aside: number;
  /** It matches in one way at most. */
  single: boolean;
}

/** The letters that can follow a part; `accepted` where the match ends with it, so that nothing is tried again. */
type Follow = Letters | 'accepted';

const constant: Cost = { ways: 0, steps: 0, aside: 0, single: true };
const unbounded: Cost = { ways: Infinity, steps: Infinity, aside: 0, single: false };
/** So many repetitions are a constant. */
const few = 8;

/**
 * The exponent of an upper bound for the steps in which V8 finds all matches of a regular expression, or that there is
 * none: 1 is linear, 2 quadratic, `Infinity` without known bound.
 */
export function boundOf(source: string, flags: string): number {
  const unicode = flags.includes('u');
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, {
    unicode,
    unicodeSets: flags.includes('v'),
  });
  const reader = new Reader(flags);
  const { steps } = reader.alternatives(pattern.alternatives, 'accepted');
  const isAnchored = !flags.includes('m') && beginsAtStart(pattern.alternatives);
  return Math.max(1, (isAnchored ? 0 : 1) + steps, reader.atEnd);
}

/** Infinitely many ways, none or more times. */
const times = (count: number, ways: number): number => (count <= 0 || ways === 0 ? 0 : count * ways);

function beginsAtStart(alternatives: readonly AST.Alternative[]): boolean {
  return alternatives.every(({ elements: [first] }) =>
    first?.type === 'Group' || first?.type === 'CapturingGroup'
      ? beginsAtStart(first.alternatives)
      : first?.type === 'Assertion' && first.kind === 'start',
  );
}

class Reader {
  private readonly flags: string;
  /** The steps of repetitions that end the match: they are taken once. */
  atEnd = 1;

  constructor(flags: string) {
    this.flags = flags;
  }

  alternatives(all: readonly AST.Alternative[], follow: Follow): Cost {
    const costs = all.map(({ elements }) => this.sequence(elements, follow));
    const isOne = all.every((one, index) => all.slice(index + 1).every((other) => this.exclude(one, other, follow)));
    return {
      ways: Math.max(...costs.map(({ ways }) => ways)),
      steps: Math.max(...costs.map(({ steps }) => steps)),
      aside: Math.max(...costs.map(({ aside }) => aside)),
      single: isOne && costs.every(({ single }) => single),
    };
  }

  private sequence(elements: readonly AST.Element[], follow: Follow): Cost {
    const sum = { ...constant };
    for (const [index, element] of elements.entries()) {
      const cost = this.element(element, this.followOf(elements.slice(index + 1), follow));
      sum.steps = Math.max(sum.steps, sum.ways + cost.steps);
      sum.ways += cost.ways;
      sum.aside = Math.max(sum.aside, cost.aside);
      sum.single &&= cost.single;
    }
    return sum;
  }

  private element(element: AST.Element, follow: Follow): Cost {
    switch (element.type) {
      case 'Group':
      case 'CapturingGroup':
        return this.alternatives(element.alternatives, follow);
      case 'Quantifier':
        return this.repetition(element, follow);
      case 'Backreference':
        return { ...constant, steps: 1, aside: 1 };
      case 'Assertion': {
        if (element.kind !== 'lookahead' && element.kind !== 'lookbehind') return constant;
        const { steps } = this.alternatives(element.alternatives, any);
        return { ...constant, steps, aside: steps };
      }
      case 'ExpressionCharacterClass':
        return unbounded;
      default:
        return constant;
    }
  }

  private repetition({ element, min, max }: AST.Quantifier, follow: Follow): Cost {
    const { letters: first, canBeEmpty } = this.firstOf([element]);
    if (follow === 'accepted') {
      const { ways, steps } = this.element(element, min > few ? any : 'accepted');
      this.atEnd = Math.max(this.atEnd, 1 + steps);
      // Only what must be there can fail.
      if (min > few) return this.repetition({ element, min, max } as AST.Quantifier, any);
      return {
        ways: 0,
        steps: times(min - 1, ways) + (min > 0 || steps === Infinity ? steps : 0),
        aside: 0,
        single: false,
      };
    }
    const body = this.element(element, max === 1 ? follow : union(first, follow));
    const endsClearly = min === max || (!canBeEmpty && areDisjoint(first, follow));
    if (max <= few)
      return {
        ways: times(max, body.ways),
        steps: times(max - 1, body.ways) + body.steps,
        aside: body.aside,
        single: body.single && endsClearly,
      };
    if (canBeEmpty || !body.single) return unbounded;
    // Each repetition matches in one way, so that together they read each letter once.
    const steps = 1 + body.aside;
    return { ways: endsClearly ? 0 : 1, steps, aside: body.aside, single: endsClearly };
  }

  private followOf(rest: readonly AST.Element[], follow: Follow): Follow {
    if (rest.length === 0) return follow;
    const { letters, canBeEmpty } = this.firstOf(rest);
    return canBeEmpty ? union(letters, follow === 'accepted' ? any : follow) : letters;
  }

  /** The letters with which a sequence can begin, and whether it can match nothing. */
  private firstOf(elements: readonly AST.Element[]): { letters: Letters; canBeEmpty: boolean } {
    let letters = none;
    for (const element of elements) {
      const first = this.firstOfOne(element);
      letters = union(letters, first.letters);
      if (!first.canBeEmpty) return { letters, canBeEmpty: false };
    }
    return { letters, canBeEmpty: true };
  }

  private firstOfOne(element: AST.Element): { letters: Letters; canBeEmpty: boolean } {
    switch (element.type) {
      case 'Group':
      case 'CapturingGroup':
        return element.alternatives
          .map(({ elements }) => this.firstOf(elements))
          .reduce((all, one) => ({
            letters: union(all.letters, one.letters),
            canBeEmpty: all.canBeEmpty || one.canBeEmpty,
          }));
      case 'Quantifier': {
        const { letters, canBeEmpty } = this.firstOf([element.element]);
        return { letters, canBeEmpty: canBeEmpty || element.min === 0 };
      }
      case 'Character':
      case 'CharacterSet':
      case 'CharacterClass':
        return { letters: lettersOf(element, this.flags), canBeEmpty: false };
      case 'Assertion':
        // Nothing follows the end of the input.
        return element.kind === 'end' && !this.flags.includes('m')
          ? { letters: none, canBeEmpty: false }
          : { letters: none, canBeEmpty: true };
      default:
        return { letters: any, canBeEmpty: true };
    }
  }

  /** Whether no text can begin with both alternatives. */
  private exclude(one: AST.Alternative, other: AST.Alternative, follow: Follow): boolean {
    const after = follow === 'accepted' ? any : follow;
    const [left, right] = [this.headOf(one.elements, after), this.headOf(other.elements, after)];
    return left.some((letters, index) => right[index] !== undefined && areDisjoint(letters, right[index]));
  }

  /** What the first letters of a sequence can be, one by one, as far as each stands by itself. */
  private headOf(elements: readonly AST.Element[], follow: Letters): Letters[] {
    const head: Letters[] = [];
    for (const [index, element] of elements.entries()) {
      if (element.type === 'Assertion' && element.kind !== 'end') continue;
      if (element.type !== 'Character' && element.type !== 'CharacterSet' && element.type !== 'CharacterClass') {
        const { letters, canBeEmpty } = this.firstOf(elements.slice(index));
        return [...head, canBeEmpty ? union(letters, follow) : letters];
      }
      head.push(lettersOf(element, this.flags));
    }
    return [...head, follow];
  }
}
