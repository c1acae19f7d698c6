// A small telephone plan for tests that need some plan.
import type { PlanDocumentInput } from "../../core/catalog/plan-document.ts";

export const planDocumentInput = (currency = "UAH"): PlanDocumentInput => ({
  schema: "mediabilling/plan@1",
  kind: "telephone",
  name: "City",
  currency,
  rates: [
    { prefix: "", destination: "Everywhere", steps: [{ fromSec: 0, price: "1.20", perSec: 60, incrementSec: 60 }] },
    { prefix: "380", destination: "Ukraine", connectFee: "0.10", steps: [{ fromSec: 0, price: "0.40", perSec: 60, incrementSec: 1 }] },
  ],
});
