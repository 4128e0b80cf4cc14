// Passkeys need a script: a form with data-passkey asks the browser, puts the answer into its field and is sent.
// The question comes with the page (data-question) or, before anybody is known, from the server (data-question-at).

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const IN_WORDS = {
  InvalidStateError: "This device keeps a passkey for you here already.",
  SecurityError: "Passkeys do not work at this address. Open the desk by its name: on this machine that is localhost, not a number.",
};
const GIVEN_UP = "No passkey was used: the browser was not answered in time, has none for this desk, or was told to stop. Try again.";

async function asked(form) {
  if (form.dataset.question) return JSON.parse(form.dataset.question).publicKey;
  const answer = await fetch(form.dataset.questionAt, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no question");
  return (await answer.json()).request_options.publicKey;
}

const known = (list = []) => list.map((one) => ({ ...one, id: bytes(one.id) }));

async function made(question) {
  const publicKey = {
    ...question,
    challenge: bytes(question.challenge),
    user: { ...question.user, id: bytes(question.user.id) },
    excludeCredentials: known(question.excludeCredentials),
  };
  const key = await navigator.credentials.create({ publicKey });
  return packed(key, { attestationObject: text(key.response.attestationObject) });
}

async function used(question) {
  const publicKey = { ...question, challenge: bytes(question.challenge), allowCredentials: known(question.allowCredentials) };
  const key = await navigator.credentials.get({ publicKey });
  const { authenticatorData, signature, userHandle } = key.response;
  return packed(key, { authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle && text(userHandle) });
}

const packed = (key, response) => ({
  id: key.id,
  rawId: text(key.rawId),
  type: key.type,
  response: { clientDataJSON: text(key.response.clientDataJSON), ...response },
  clientExtensionResults: key.getClientExtensionResults(),
});

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential && form.hidden) continue;
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const failed = form.querySelector("[data-failed]");
    failed.hidden = true;
    try {
      const question = await asked(form);
      form.elements.credential.value = JSON.stringify(await (form.dataset.passkey === "create" ? made : used)(question));
    } catch (error) {
      failed.textContent = IN_WORDS[error.name] ?? GIVEN_UP;
      failed.hidden = false;
      return;
    }
    form.submit();
  });
}
