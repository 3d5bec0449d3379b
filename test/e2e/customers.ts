/** A made-up customer table of the shape that the Data API's document shows: same columns, missing values, an imbalanced target. */
export function makeCustomers(rows: number): string {
  let seed = 7;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const day = (offset: number) => new Date(Date.UTC(2023, 0, 1) + offset * 86_400_000).toISOString().slice(0, 10);
  const countries = [
    "US",
    "US",
    "US",
    "US",
    "US",
    "CA",
    "CA",
    "UK",
    "UK",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "SE",
    "PL",
    "BR",
    "JP",
  ];
  const lines = [
    "customer_id,name,email,age,signup_date,last_purchase,purchase_count,lifetime_value,churn,country,plan_type,referral_source",
  ];
  for (let i = 1; i <= rows; i++) {
    const country = pick(countries);
    const churn = random() < (country === "UK" ? 0.4 : 0.12);
    const count = Math.floor(-Math.log(1 - random()) * 8);
    const value = (count * 80 + random() * 400 + (random() < 0.003 ? 20_000 : 0)).toFixed(2);
    const signup = Math.floor(random() * 365);
    const last = random() < (churn ? 0.4 : 0.02) ? "" : day(signup + Math.floor(random() * (churn ? 60 : 400)));
    const age = random() < 0.03 ? "" : 18 + Math.floor(random() * 60);
    const cells = [
      `C${String(i).padStart(5, "0")}`,
      `Name ${i}`,
      `user${i}@example.com`,
      age,
      day(signup),
      last,
      count,
      value,
      churn,
      country,
    ];
    lines.push(
      [
        ...cells,
        pick(["basic", "basic", "basic", "premium", "premium", "enterprise"]),
        random() < 0.05 ? "" : pick(["search", "ads", "referral"]),
      ].join(","),
    );
  }
  return `${lines.join("\n")}\n`;
}
