import type { components, operations, paths } from "./elaas";

type Progress = components["schemas"]["Progress"];
type Problem = components["schemas"]["ProblemDetails"];
type SignIn = operations["begin"]["requestBody"]["content"]["application/json"];

export function page(progress: Progress): string {
  const step = progress.step;
  switch (step.kind) {
    case "verify_identity":
      return step.account?.agency_name ?? "";
    case "choose_account":
      return step.choices.map((choice) => choice.account.id + choice.email_masked).join();
    case "provide_credential":
      return step.person_name + step.opens_now.length;
    case "enter_authenticator_code":
      return `${step.digits} ${step.attempts_left}`;
    case "enrol_authenticator":
      return step.uri;
    case "provide_email":
      return step.person_name;
    case "enter_one_time_code":
      return step.reference + step.mail + new Date(step.resend_at).toISOString();
    case "set_password":
      return `${step.minimum_length}`;
    case "await_approval":
      return step.email_masked;
    case "step_up_proof":
      return step.transaction_digest;
    case "signed_in":
      return step.binding_id + step.assurance.methods.join();
    case "password_set":
      return step.account.username;
    case "email_changed":
      return step.email_masked;
    case "authenticator_enrolled":
      return step.recovery_codes.join();
    case "stepped_up":
      return step.binding_id;
    case "ended":
      return step.reason;
    default: {
      const never: never = step;
      return never;
    }
  }
}

export async function signIn(given: SignIn): Promise<Progress | Problem> {
  const answer = await fetch("/api/sign-in", { method: "POST", body: JSON.stringify(given) });
  return answer.json();
}

export const path: keyof paths = "/api/flow/{flow_id}/one-time-code";
export const typed: SignIn = { username: "laas-0001", password: "of the letter" };
// @ts-expect-error a field that the operation does not take
export const more: SignIn = { username: "laas-0001", password: "of the letter", remember: "me" };
// @ts-expect-error a step that there is not
export const unknown: Progress["step"]["kind"] = "enter_code";
