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

/** A plan that has something in every section. */
export const everySection = (): PlanDocumentInput => ({
  schema: "mediabilling/plan@1",
  kind: "universal",
  name: "Home 100",
  currency: "UAH",
  zone: "Europe/Kyiv",
  rounding: {
    decimals: 4,
    mode: "half_up",
  },
  holidays: {
    country: "UA",
  },
  bands: [
    {
      code: "weekend",
      name: "Weekend",
      weight: 10,
      windows: [
        {
          weekdays: ["sat", "sun"],
        },
      ],
    },
    {
      code: "night",
      name: "Night",
      windows: [
        {
          from: "20:00",
          to: "08:00",
        },
        {
          fromDate: "2026-12-24",
          toDate: "2027-01-06",
        },
      ],
    },
    {
      code: "lunch",
      name: "Lunch hour",
      windows: [
        {
          weekdays: ["mon", "tue", "wed", "thu", "fri"],
          from: "12:00",
          to: "13:30",
        },
      ],
    },
  ],
  trafficClasses: [
    {
      code: "local",
      name: "Local exchange",
      prefixes: ["10.0.0.0/8", "2001:db8::/32"],
      ports: [
        {
          from: 443,
          to: 443,
          protocol: "tcp",
        },
        {
          from: 5060,
          to: 5070,
        },
      ],
    },
  ],
  rates: [
    {
      prefix: "",
      destination: "Everywhere",
      steps: [
        {
          fromSec: 0,
          price: "1.20",
          perSec: 60,
          incrementSec: 60,
        },
      ],
    },
    {
      prefix: "380",
      destination: "Ukraine",
      connectFee: "0.40",
      steps: [
        {
          fromSec: 0,
          price: "0.20",
          perSec: 60,
          incrementSec: 60,
        },
        {
          fromSec: 60,
          price: "0.10",
          perSec: 60,
          incrementSec: 1,
        },
      ],
      bands: [
        {
          band: "night",
          steps: [
            {
              fromSec: 0,
              price: "0.10",
              perSec: 60,
              incrementSec: 60,
            },
          ],
        },
      ],
    },
    {
      prefix: "48",
      destination: "Poland",
      steps: [
        {
          fromSec: 0,
          price: "0.90",
          perSec: 60,
          incrementSec: 1,
        },
      ],
      minimumCharge: "0.5",
    },
  ],
  usage: [
    {
      code: "net",
      name: "Internet",
      of: "session",
      unit: {
        name: "GB",
        size: "1000000000",
      },
      price: {
        shape: "per_unit",
        steps: [
          {
            price: "0.50",
          },
        ],
      },
    },
    {
      code: "local",
      name: "Local traffic",
      of: "traffic",
      where: {
        classes: ["local"],
      },
      per: "period",
      unit: {
        name: "GB",
        size: "1000000000",
      },
      price: {
        shape: "graduated",
        tiers: [
          {
            upTo: "10",
            price: "0.10",
            flat: "2",
          },
          {
            upTo: "100",
            price: "0.05",
          },
          {
            price: "0.01",
          },
        ],
      },
    },
  ],
  bundles: [
    {
      code: "min100",
      name: "100 minutes",
      of: "call",
      where: {
        prefixes: ["380"],
      },
      unit: {
        name: "min",
        size: "60",
      },
      quantity: "100",
      validity: {
        kind: "period",
        every: "month",
      },
      rollover: {
        periods: 2,
        most: "50",
      },
    },
  ],
  fees: [
    {
      code: "sub",
      name: "Subscription",
      amount: "50.00",
      every: "month",
      trialDays: 30,
    },
    {
      code: "setup",
      name: "Connection",
      amount: "100.00",
    },
  ],
  minimum: {
    amount: "10.00",
  },
  discounts: [
    {
      code: "welcome",
      name: "Welcome",
      percent: "10",
      on: ["sub"],
      periods: 3,
    },
  ],
  taxes: {
    mode: "exclusive",
    rates: [
      {
        code: "vat",
        name: "VAT",
        percent: "20",
      },
    ],
  },
});
