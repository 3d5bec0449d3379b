/** Questions whose words stand for more than a column: each answer is held against SQL written by hand, run by the same DuckDB. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Database } from "../../scripts/ask/evaluate.ts";
import { ask, openTables } from "./asked.ts";

const TABLES = [
  `CREATE TABLE customers AS SELECT i AS customer_id, 'Customer ' || i AS customer_name, ['Canada', 'Japan', 'Peru'][1 + i % 3] AS country,
     DATE '2021-01-01' + (i * 37)::INT AS joined_on FROM range(1, 41) t(i)`,
  `CREATE TABLE orders AS SELECT i AS order_id, 1 + (i * 7) % 36 AS customer_id, DATE '2023-01-01' + (i * 3)::INT AS order_date,
     DATE '2023-01-01' + (i * 3 + 5)::INT AS promised_date,
     CASE WHEN i % 9 = 0 THEN NULL ELSE DATE '2023-01-01' + (i * 3 + 2 + i % 6)::INT END AS delivered_date,
     ['completed', 'completed', 'cancelled', 'returned'][1 + i % 4] AS status FROM range(1, 301) t(i)`,
  `CREATE TABLE products AS SELECT i AS product_id, 'Product ' || i AS product_name, ['Tools', 'Toys'][1 + i % 2] AS category,
     (i % 4) * 10 AS units_in_stock FROM range(1, 13) t(i)`,
  `CREATE TABLE order_lines AS SELECT i AS line_id, 1 + i % 300 AS order_id, 1 + (i * 5) % 11 AS product_id, 1 + i % 4 AS quantity,
     (5 + (i * 5) % 11)::DOUBLE AS unit_price FROM range(1, 801) t(i)`,
  `CREATE TABLE departments AS SELECT i AS department_id, ['Sales', 'Support', 'Research'][i] AS department_name, i * 200000 AS budget FROM range(1, 4) t(i)`,
  `CREATE TABLE employees AS SELECT i AS employee_id, 'Person ' || i AS full_name, 1 + (i * i) % 3 AS department_id, 40000 + (i * 7919) % 60000 AS salary,
     DATE '2015-01-01' + (i * 61)::INT AS hire_date, CASE WHEN i % 5 = 0 THEN DATE '2024-01-10' + (i * 11)::INT END AS termination_date,
     i % 3 = 0 AS is_remote FROM range(1, 51) t(i)`,
  `CREATE TABLE subscribers AS SELECT i AS subscriber_no, 18 + (i * 11) % 60 AS age, 'country ' || (1 + i % 4) AS country,
     ['one year', 'two year', 'month-to-month'][1 + i % 3] AS contract, 10 + i % 70 AS monthly_charge, i % 4 = 1 AS churned FROM range(1, 201) t(i)`,
];

let database: Database;
beforeAll(async () => {
  database = await openTables(TABLES);
});
afterAll(() => database.port.close());

describe("readings", () => {
  it.each([
    // Two columns of a row
    [
      "Which orders were delivered later than promised?",
      "SELECT order_id FROM orders WHERE delivered_date > promised_date",
    ],
    ["How many orders arrived late?", "SELECT count(*) FROM orders WHERE delivered_date > promised_date"],
    ["how many orders were delivered on time", "SELECT count(*) FROM orders WHERE delivered_date <= promised_date"],
    // Revenue as a product of two columns, durations as the days between two dates
    [
      "What was the revenue in 2024?",
      "SELECT sum(quantity * unit_price) FROM order_lines JOIN orders USING (order_id) WHERE year(order_date) = 2024",
    ],
    [
      "total revenue by category",
      "SELECT category, sum(quantity * unit_price) FROM order_lines JOIN products USING (product_id) GROUP BY 1",
    ],
    [
      "how much did customers from Japan spend in total?",
      "SELECT sum(quantity * unit_price) FROM order_lines JOIN orders USING (order_id) JOIN customers USING (customer_id) WHERE country = 'Japan'",
    ],
    [
      "average delivery time by status",
      "SELECT status, avg(date_diff('day', order_date, delivered_date)) FROM orders GROUP BY 1",
    ],
    // Places in an order, letters, and rows that are one each
    ["What is the second highest salary?", "SELECT salary FROM employees ORDER BY salary DESC LIMIT 1 OFFSET 1"],
    [
      "Which department has the second largest budget?",
      "SELECT department_name FROM departments ORDER BY budget DESC LIMIT 1 OFFSET 1",
    ],
    ["customers whose country starts with C", "SELECT customer_name FROM customers WHERE country LIKE 'C%'"],
    ["average salary per employee", "SELECT avg(salary) FROM employees"],
    // What a negation covers
    [
      "How many subscribers who haven't churned are older than 40?",
      "SELECT count(*) FROM subscribers WHERE NOT churned AND age > 40",
    ],
    [
      "subscribers who haven't churned and are older than 70",
      "SELECT subscriber_no FROM subscribers WHERE NOT churned AND age > 70",
    ],
    // Values with figures in them
    ["How many subscribers are in country 3?", "SELECT count(*) FROM subscribers WHERE country = 'country 3'"],
    ["how many subscribers have a two year contract", "SELECT count(*) FROM subscribers WHERE contract = 'two year'"],
    [
      "subscribers paying between 20 and 30 a month",
      "SELECT subscriber_no FROM subscribers WHERE monthly_charge BETWEEN 20 AND 30",
    ],
    // Events
    ["signups by year", "SELECT year(joined_on), count(*) FROM customers GROUP BY 1"],
    ["How many employees left in 2024?", "SELECT count(*) FROM employees WHERE year(termination_date) = 2024"],
    ["employees who are still with the company", "SELECT full_name FROM employees WHERE termination_date IS NULL"],
    ["Who was hired most recently?", "SELECT full_name FROM employees ORDER BY hire_date DESC LIMIT 1"],
    [
      "busiest month in 2024",
      "SELECT date_trunc('month', order_date) FROM orders WHERE year(order_date) = 2024 GROUP BY 1 ORDER BY count(*) DESC, 1 DESC LIMIT 1",
    ],
    // Verbs that measure
    [
      "Which department pays the highest average salary?",
      "SELECT department_name FROM employees JOIN departments USING (department_id) GROUP BY 1 ORDER BY avg(salary) DESC LIMIT 1",
    ],
    ["Who earns more than 95000?", "SELECT full_name FROM employees WHERE salary > 95000"],
    ["how many people work remotely", "SELECT count(*) FROM employees WHERE is_remote"],
    ["departments with a budget over half a million", "SELECT department_name FROM departments WHERE budget > 500000"],
    [
      "salary range by department",
      "SELECT department_name, min(salary), max(salary) FROM employees JOIN departments USING (department_id) GROUP BY 1",
    ],
    // What is said of the rows that are counted
    [
      "customers with more than 2 cancelled orders",
      "SELECT customer_name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE status = 'cancelled' GROUP BY 1 HAVING count(*) > 2)",
    ],
    [
      "customers with at least 5 orders in 2024",
      "SELECT customer_name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders WHERE year(order_date) = 2024 GROUP BY 1 HAVING count(*) >= 5)",
    ],
    [
      "cancellation rate by country",
      "SELECT country, 100.0 * count(*) FILTER (WHERE status = 'cancelled') / count(*) FROM orders JOIN customers USING (customer_id) GROUP BY 1",
    ],
    ["products that are out of stock", "SELECT product_name FROM products WHERE units_in_stock = 0"],
    [
      "last order date of each customer",
      "SELECT customer_name, max(order_date) FROM orders JOIN customers USING (customer_id) GROUP BY 1",
    ],
  ])("%s", async (question, gold) => {
    const result = await ask(database, question, gold);
    expect(result, `${result.sql ?? result.message}`).toMatchObject({ verdict: "right" });
  });
});

describe("doubts", () => {
  it.each([
    ["Which nurse treated the most customers?", /nurse/],
    ["Who is our sales rep for Peru?", /rep/],
    ["How long does an order take on average?", /on average|how/i],
    ["average revenue per customer", /leaves open/],
    ["departments that never paid a dividend", /dividend/],
    ["orders with the highest profit margin", /margin/],
    ["How many orders are still urgent?", /urgent/],
  ])("%s: declined, naming what is not understood", async (question, message) => {
    const result = await ask(database, question, "SELECT 1");
    expect(result.sql).toBeUndefined();
    expect(result.message).toMatch(message);
  });
});
