/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/detection/expression.h"

#include "engine/base/ascii.h"
#include "engine/base/utf8.h"
#include "rulesets/detection/expression_steps.h"

#define NEAR_MAX 100000u /* characters */

enum token_kind { TOKEN_END, TOKEN_NAME, TOKEN_OPERATOR, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_BAD };

struct token {
    enum token_kind kind;
    enum step_kind step; /* TOKEN_OPERATOR */
    uint32_t near;
    struct span name;
    size_t at;
    const char *why; /* TOKEN_BAD */
};

/* What waits for its right operand, or for its ')'. */
struct waiting {
    bool open;
    struct step step;
    size_t at;
};

struct parse {
    struct span text;
    size_t at;
    expression_name *find;
    void *arg;
    struct arena *arena;
    struct expression *expression;
    struct waiting waiting[EXPRESSION_STEPS_MAX];
    size_t waiting_count;
    /* Of each operand on the stack: what it can say. */
    struct operand {
        bool finds;    /* it cannot hold without a find */
        bool only_not; /* it finds nothing at all */
    } operands[EXPRESSION_STEPS_MAX];
    size_t operand_count;
    size_t problem;
    struct error *err;
};

static bool is_name(char c)
{
    return ascii_is_alnum(c) || ascii_is_8bit(c) || c == '_' || c == '-' || c == '.' || c == ':';
}

static struct token bad(struct token token, const char *why)
{
    token.kind = TOKEN_BAD;
    token.why = why;
    return token;
}

static struct token read_quoted(struct parse *parse, struct token token)
{
    size_t end = span_find_byte(span_from(parse->text, parse->at + 1), '"');
    if (end == SPAN_NONE)
        return bad(token, "this quotation mark is not closed");
    token.kind = TOKEN_NAME;
    token.name = span_sub(parse->text, parse->at + 1, end);
    parse->at += end + 2;
    return token;
}

static struct token read_word(struct parse *parse, struct token token)
{
    size_t start = parse->at;
    while (parse->at < parse->text.len && is_name(parse->text.ptr[parse->at]))
        parse->at++;
    token.name = span_sub(parse->text, start, parse->at - start);
    token.kind = TOKEN_OPERATOR;
    if (span_is_nocase(token.name, "and")) {
        token.step = STEP_AND;
    } else if (span_is_nocase(token.name, "or")) {
        token.step = STEP_OR;
    } else if (span_is_nocase(token.name, "not")) {
        token.step = STEP_NOT;
    } else if (span_is_nocase(token.name, "near")) {
        uint64_t near = 0;
        size_t digits = parse->at + 1;
        while (digits < parse->text.len && ascii_is_digit(parse->text.ptr[digits]))
            digits++;
        struct span number = span_sub(parse->text, parse->at + 1, digits - parse->at - 1);
        if (parse->at == parse->text.len || parse->text.ptr[parse->at] != '/' ||
            !span_to_u64(number, &near) || near == 0 || near > NEAR_MAX)
            return bad(token, "expected NEAR/n with the most characters between, 1 to 100000");
        token.step = STEP_NEAR;
        token.near = (uint32_t)near;
        parse->at = digits;
    } else {
        token.kind = TOKEN_NAME;
    }
    return token;
}

static struct token next_token(struct parse *parse)
{
    while (parse->at < parse->text.len && ascii_is_space(parse->text.ptr[parse->at]))
        parse->at++;
    struct token token = {.kind = TOKEN_END, .at = parse->at};
    if (parse->at == parse->text.len)
        return token;
    char c = parse->text.ptr[parse->at];
    if (c == '"')
        return read_quoted(parse, token);
    if (is_name(c))
        return read_word(parse, token);
    parse->at++;
    token.kind = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_BAD;
    token.why = "expected a name, AND, OR, NOT, NEAR/n or a parenthesis";
    return token;
}

static bool fail(struct parse *parse, size_t at, const char *why)
{
    parse->problem = at;
    return error_set(parse->err, "%s", why);
}

/* Moves an operator behind its operands. */
static bool emit(struct parse *parse, const struct waiting *waiting)
{
    struct step step = waiting->step;
    struct operand *last = &parse->operands[parse->operand_count - 1];
    if (step.kind == STEP_NOT) {
        if (last->only_not)
            return fail(parse, waiting->at, "NOT of a NOT");
        *last = (struct operand){false, true};
    } else {
        struct operand *left = last - 1;
        if (step.kind == STEP_NEAR && (!left->finds || !last->finds))
            return fail(parse, waiting->at, "NOT cannot stand beside NEAR");
        left->finds =
            step.kind == STEP_OR ? left->finds && last->finds : left->finds || last->finds;
        left->only_not = left->only_not && last->only_not;
        parse->operand_count--;
    }
    parse->expression->steps[parse->expression->count++] = step;
    return true;
}

static void note_subject(struct expression *expression, const struct subject *subject)
{
    for (size_t i = 0; i < expression->subject_count; i++) {
        if (expression->subjects[i] == subject)
            return;
    }
    expression->subjects[expression->subject_count++] = subject;
}

static bool take_name(struct parse *parse, const struct token *token)
{
    const struct subject *subject = parse->find(token->name, parse->arg, parse->err);
    if (!subject) {
        parse->problem = token->at;
        return false;
    }
    parse->expression->steps[parse->expression->count++] =
        (struct step){.kind = STEP_NAME, .subject = subject};
    note_subject(parse->expression, subject);
    parse->operands[parse->operand_count++] = (struct operand){true, false};
    return true;
}

static void wait(struct parse *parse, const struct token *token, bool open)
{
    parse->waiting[parse->waiting_count++] =
        (struct waiting){open, {.kind = token->step, .near = token->near}, token->at};
}

/* Emits what binds as tightly as `kind` or tighter. */
static bool settle(struct parse *parse, enum step_kind kind)
{
    while (parse->waiting_count > 0) {
        const struct waiting *top = &parse->waiting[parse->waiting_count - 1];
        if (top->open || top->step.kind > kind)
            return true;
        parse->waiting_count--;
        if (!emit(parse, top))
            return false;
    }
    return true;
}

/* Where an operand is wanted. */
static bool take_operand(struct parse *parse, const struct token *token, bool *wants_out)
{
    if (token->kind == TOKEN_NAME) {
        *wants_out = false;
        return take_name(parse, token);
    }
    if (token->kind != TOKEN_OPEN && !(token->kind == TOKEN_OPERATOR && token->step == STEP_NOT))
        return fail(parse, token->at, "expected the name of an entity or a dictionary");
    wait(parse, token, token->kind == TOKEN_OPEN);
    return true;
}

/* Behind an operand. */
static bool take_operator(struct parse *parse, const struct token *token, bool *wants_out)
{
    if (token->kind == TOKEN_CLOSE) {
        if (!settle(parse, STEP_OR))
            return false;
        if (parse->waiting_count == 0)
            return fail(parse, token->at, "no parenthesis is open here");
        parse->waiting_count--;
        return true;
    }
    if (token->kind != TOKEN_OPERATOR || token->step == STEP_NOT)
        return fail(parse, token->at, "expected AND, OR or NEAR/n");
    if (!settle(parse, token->step))
        return false;
    wait(parse, token, false);
    *wants_out = true;
    return true;
}

static bool finish(struct parse *parse)
{
    if (!settle(parse, STEP_OR))
        return false;
    if (parse->waiting_count > 0)
        return fail(parse, parse->waiting[parse->waiting_count - 1].at,
                    "this parenthesis is not closed");
    return parse->operands[0].finds ||
           fail(parse, 0, "holds where nothing is found; something besides NOT must be asked for");
}

static bool parse_all(struct parse *parse)
{
    bool wants = true;
    for (size_t count = 0;; count++) {
        struct token token = next_token(parse);
        if (token.kind == TOKEN_BAD)
            return fail(parse, token.at, token.why);
        if (token.kind == TOKEN_END && !wants)
            return finish(parse);
        if (count == EXPRESSION_STEPS_MAX)
            return fail(parse, token.at, "the expression is too long");
        if (!(wants ? take_operand(parse, &token, &wants) : take_operator(parse, &token, &wants)))
            return false;
    }
}

struct expression *expression_new(struct span text, expression_name *find, void *arg,
                                  struct arena *arena, size_t *column_out, struct error *err)
{
    struct parse *parse = ARENA_NEW(arena, struct parse);
    struct expression *expression = ARENA_NEW(arena, struct expression);
    expression->steps = ARENA_ARRAY(arena, EXPRESSION_STEPS_MAX, struct step);
    expression->subjects = ARENA_ARRAY(arena, EXPRESSION_STEPS_MAX, const struct subject *);
    parse->text = text;
    parse->find = find;
    parse->arg = arg;
    parse->arena = arena;
    parse->expression = expression;
    parse->err = err;
    if (parse_all(parse))
        return expression;
    *column_out = utf8_count(span_sub(text, 0, parse->problem)) + 1;
    return NULL;
}

struct expression *expression_of(const struct subject *subject, struct arena *arena)
{
    struct expression *expression = ARENA_NEW(arena, struct expression);
    expression->steps = ARENA_NEW(arena, struct step);
    expression->subjects = ARENA_ARRAY(arena, 1, const struct subject *);
    expression->steps[0] = (struct step){.kind = STEP_NAME, .subject = subject};
    expression->count = 1;
    note_subject(expression, subject);
    return expression;
}

const struct subject *const *expression_subjects(const struct expression *expression,
                                                 size_t *count_out)
{
    *count_out = expression->subject_count;
    return expression->subjects;
}
