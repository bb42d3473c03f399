import { beforeEach, describe, expect, it } from 'vitest';
import { Selection } from './selection.svelte';

const order = ['a', 'b', 'c', 'd', 'e'];
let selection: Selection;
const selected = (): string => [...selection.ids].toSorted().join('');

beforeEach(() => {
  selection = new Selection();
});

describe('taking', () => {
  it('one only lets go of the others', () => {
    selection.take('a', 'only', order);
    selection.take('c', 'only', order);
    expect(selected()).toBe('c');
    expect(selection.single).toBe('c');
  });

  it('one by one adds and lets go again', () => {
    selection.take('a', 'only', order);
    selection.take('c', 'toggle', order);
    selection.take('a', 'toggle', order);
    expect(selected()).toBe('c');
  });

  it('up to one goes from where the last plain one was, also backwards', () => {
    selection.take('c', 'only', order);
    selection.take('e', 'range', order);
    expect(selected()).toBe('cde');
    selection.take('a', 'range', order);
    expect(selected(), 'the beginning stays where it was').toBe('abc');
  });

  it('up to one without a beginning takes that one', () => {
    selection.take('b', 'range', order);
    expect(selected()).toBe('b');
  });
});

describe('moving', () => {
  it('stops at both ends', () => {
    expect(selection.move(99, 'only', order)).toBe('e');
    expect(selection.move(-1, 'only', order)).toBe('a');
  });

  it('without selecting moves the cursor alone', () => {
    selection.take('a', 'only', order);
    selection.move(2, null, order);
    expect(selection.cursor).toBe('c');
    expect(selected()).toBe('a');
  });
});

describe('when lines go', () => {
  it('lets go of what is no longer there, and the cursor goes to what stands in its place', () => {
    selection.take('b', 'only', order);
    selection.take('c', 'toggle', order);
    selection.keep(['a', 'b', 'd', 'e'], 2);
    expect(selected()).toBe('b');
    expect(selection.cursor).toBe('d');
  });

  it('is nowhere when nothing is left', () => {
    selection.take('b', 'only', order);
    selection.keep([], 1);
    expect(selection.cursor).toBeNull();
    expect(selection.size).toBe(0);
  });
});
