// The functions of JavaScript and TypeScript files as the TypeScript compiler sees them, with their decisions counted as
// docs/metrics.md says: a third opinion where gate and lizard differ.
//
// usage: node referee.mjs < list-of-files > functions.json        needs: npm install typescript
import fs from "node:fs";
import ts from "typescript";

const K = ts.SyntaxKind;
const DECISIONS = new Set([
  K.IfStatement, K.ForStatement, K.ForInStatement, K.ForOfStatement, K.WhileStatement, K.DoStatement, K.CaseClause,
  K.CatchClause, K.ConditionalExpression,
]);
const OPERATORS = new Set([
  K.AmpersandAmpersandToken, K.BarBarToken, K.QuestionQuestionToken, K.AmpersandAmpersandEqualsToken,
  K.BarBarEqualsToken, K.QuestionQuestionEqualsToken,
]);

function functions(path) {
  const text = fs.readFileSync(path, "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, false);
  const line = (at) => source.getLineAndCharacterOfPosition(at).line + 1;
  const found = [];
  const visit = (node, around) => {
    let inner = around;
    if (ts.isFunctionLike(node) && node.body) {
      inner = { line: line(node.getStart(source)), end: line(node.end), cyclomatic: 1 };
      found.push(inner);
    } else if (DECISIONS.has(node.kind) || (ts.isBinaryExpression(node) && OPERATORS.has(node.operatorToken.kind))) {
      if (around) around.cyclomatic += 1;
    } else if (((ts.isParameter(node) || ts.isBindingElement(node)) && node.initializer) || node.objectAssignmentInitializer) {
      if (around) around.cyclomatic += 1; // a default is taken or not
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(source, null);
  return found.map((one) => [one.line, one.end, one.cyclomatic]);
}

const paths = fs.readFileSync(0, "utf8").split("\n").filter(Boolean);
process.stdout.write(JSON.stringify(Object.fromEntries(paths.map((path) => [path, functions(path)]))));
