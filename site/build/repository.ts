/** Where the files are that the pages name and do not hold. */
export const repository = 'https://github.com/migrate-lint/migrate-lint';
