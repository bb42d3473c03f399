import { expect, it } from 'vitest';
import type { FileKind } from '../../shared/wire';
import { drawingOf } from './drawings';

it('every kind has a drawing of its own, on one shore', () => {
  const kinds: FileKind[] = ['video', 'table', 'document', 'archive', 'package', 'data', 'image', 'other'];
  const drawings = kinds.map((kind) => drawingOf(kind, ''));
  expect(new Set(drawings).size).toBe(kinds.length);
  for (const drawing of drawings) expect(drawing).toMatch(/viewBox="0 0 20 20".*stroke="currentColor".*class="shore"/s);
});

it('a workbook and marked-up text are told from tables and data', () => {
  expect(drawingOf('table', 'XLSX')).not.toBe(drawingOf('table', 'CSV'));
  expect(drawingOf('data', 'XML')).not.toBe(drawingOf('data', 'JSON'));
  expect(drawingOf('package', 'XML'), 'a package stays one whatever it is packed in').toBe(drawingOf('package', 'ZIP'));
});
