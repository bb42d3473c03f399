// The drawings of file kinds, as icons/kinds holds them.
import archive from '../../../../icons/kinds/archive.svg?raw';
import data from '../../../../icons/kinds/data.svg?raw';
import document from '../../../../icons/kinds/document.svg?raw';
import image from '../../../../icons/kinds/image.svg?raw';
import markup from '../../../../icons/kinds/markup.svg?raw';
import other from '../../../../icons/kinds/other.svg?raw';
import package_ from '../../../../icons/kinds/package.svg?raw';
import table from '../../../../icons/kinds/table.svg?raw';
import video from '../../../../icons/kinds/video.svg?raw';
import workbook from '../../../../icons/kinds/workbook.svg?raw';
import type { FileKind } from '../../shared/wire';

const byKind: Record<FileKind, string> = { video, table, document, archive, package: package_, data, image, other };

/** Types that are drawn apart from the others of their kind, by their letters. */
const byBadge: Readonly<Record<string, string>> = { XLSX: workbook, XLS: workbook, ODS: workbook, XML: markup, OST: markup, HTML: markup };

/** How a file of that kind and type is drawn, as SVG. */
export function drawingOf(kind: FileKind, badge: string): string {
  return kind === 'table' || kind === 'data' || kind === 'document' ? (byBadge[badge] ?? byKind[kind]) : byKind[kind];
}
