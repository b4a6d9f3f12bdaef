/** Whether a text is a full object id: a commit, whatever lies in the work tree under that name. */
export const isObjectId = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
