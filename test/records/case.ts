/** A case of a record: what it is, and what is printed for it. */
export interface Case {
  title: string;
  lines: () => string[] | Promise<string[]>;
}

/** Cases as they stand in a record. */
export async function printed(cases: readonly Case[]): Promise<string[]> {
  const text: string[] = [];
  for (const { title, lines } of cases) text.push(title, ...(await lines()));
  return text;
}
