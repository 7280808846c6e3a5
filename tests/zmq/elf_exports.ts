// Reads which functions a 64-bit little-endian shared library exports (elf.h), whatever machine it is for.

const SECTION_TABLE = { OFFSET: 0x28, ENTRY_SIZE: 0x3a, COUNT: 0x3c } as const;
const SECTION = { TYPE: 4, OFFSET: 24, SIZE: 32, LINK: 40 } as const;
const SYMBOL = { NAME: 0, SECTION: 6, SIZE: 24 } as const;
const SHT_DYNSYM = 11;
const SHN_UNDEF = 0;

/** Lists the names that a shared library defines. */
export function readExportedNames(file: Uint8Array): Set<string> {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const number = (offset: number): number =>
    Number(view.getBigUint64(offset, true));
  const table = number(SECTION_TABLE.OFFSET);
  const entrySize = view.getUint16(SECTION_TABLE.ENTRY_SIZE, true);
  const count = view.getUint16(SECTION_TABLE.COUNT, true);
  const names = new Set<string>();
  for (let index = 0; index < count; index++) {
    const section = table + index * entrySize;
    if (view.getUint32(section + SECTION.TYPE, true) !== SHT_DYNSYM) continue;
    const link = view.getUint32(section + SECTION.LINK, true);
    const strings = number(table + link * entrySize + SECTION.OFFSET);
    const start = number(section + SECTION.OFFSET);
    const end = start + number(section + SECTION.SIZE);
    for (let symbol = start; symbol < end; symbol += SYMBOL.SIZE) {
      if (view.getUint16(symbol + SYMBOL.SECTION, true) === SHN_UNDEF) continue;
      const name = strings + view.getUint32(symbol + SYMBOL.NAME, true);
      names.add(
        new TextDecoder().decode(file.subarray(name, file.indexOf(0, name))),
      );
    }
  }
  return names;
}
