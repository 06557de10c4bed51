// What is to be sent, kept in the browser's database until the service has all of it: a closed page
// or a dead battery loses nothing.

const NAME = "tingzhen-owner";
const STORE = "outbox";

/** Whose page this is: what somebody else left to be sent on this device is not theirs to send. */
const owner = () => document.getElementById("owner").dataset.owner;

/** Add {blob, name, context, workshop}; its id. */
export async function add(item) {
  const id = crypto.randomUUID();
  await within("readwrite", (store) => store.put({ ...item, id, owner: owner(), added: Date.now(), url: null }));
  navigator.storage?.persist?.().catch(() => {});
  return id;
}

/** Everything that is to be sent for whoever is signed in, oldest first. */
export async function waiting() {
  const found = await within("readonly", (store) => store.getAll());
  return found.filter((item) => item.owner === owner()).sort((a, b) => a.added - b.added);
}

/** Note something of an item that is still there: where its upload goes on, or why it cannot. */
export async function note(id, more) {
  const database = await opened();
  await new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    const asked = store.get(id);
    asked.onsuccess = () => asked.result && store.put({ ...asked.result, ...more });
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error);
  });
  database.close();
}

export const remove = (id) => within("readwrite", (store) => store.delete(id));

async function within(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}
