// Ids of elements: what the engine and its names allow. The server checks the same in workflows/checks/ids.py.
const ID = /^[A-Za-z_][\w.-]*$/;
const RESERVED = new Set(['Start', 'End', 'Root', 'typename']);
const ENDINGS = ['.EndJoin', '.BoundaryEventSplit', '.BoundaryEventJoin', '_EventSplit', '_EventJoin'];

export const isValidId = (id) => ID.test(id) && !RESERVED.has(id) && !ENDINGS.some((ending) => id.endsWith(ending));

/** `task_3` if two tasks are there already. */
export function freshName(stem, taken) {
  for (let count = 1; ; count += 1) {
    if (!taken(`${stem}_${count}`)) return `${stem}_${count}`;
  }
}

/** What keeps `id` from being the new id of an element, or undefined. `taken(id)` asks whether another one has it. */
export function wrongId(id, taken) {
  if (!isValidId(id)) return '编号以英文字母或下划线开头，只含英文字母、数字、“_”“.”“-”，且不能是系统保留的';
  return taken(id) ? '已有元素用了这个编号，请换一个' : undefined;
}
