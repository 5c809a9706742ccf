"""Ways to break what `docs/trust.md` promises of forges and of forks."""

from __future__ import annotations

from safety.mutation import FORGES, FORKS, LIE, LIES, LINKS, OWN, Mutation

FORGE_MUTATIONS = [
    Mutation(
        "a redirect is followed anywhere",
        "forges/client.py",
        "        if place != _origin(self._home):\n",
        "        self._home = there\n        if False:\n",
        f"{LIE}[github-to another host, 302]",
    ),
    Mutation(
        "a token goes wherever a next page is",
        "forges/client.py",
        "        if place != _origin(self._home):\n",
        "        self._home = there\n        if False:\n",
        f"{LIES}::test_a_next_page_elsewhere_is_not_asked_for",
    ),
    Mutation(
        "a moved repository is not followed",
        "forges/client.py",
        "_REDIRECTS = (301, 302, 307, 308)",
        "_REDIRECTS = (302,)",
        f"{LIES}::test_a_moved_repository_on_the_same_host_is_followed",
    ),
    Mutation(
        "redirects never end",
        "forges/client.py",
        "_MOST_REDIRECTS = 5",
        "_MOST_REDIRECTS = 50",
        f"{LIES}::test_redirects_without_end_are_given_up",
    ),
    Mutation(
        "pages never end",
        "forges/client.py",
        "        for _ in range(_MOST_PAGES):\n",
        "        for _ in range(50):\n",
        f"{LIES}::test_pages_without_end_are_given_up",
    ),
    Mutation(
        "an answer has any length",
        "forges/client.py",
        "        if len(content) > _LARGEST:\n",
        "        if len(content) < 0:\n",
        f"{LIES}::test_an_answer_without_end_is_given_up",
    ),
    Mutation(
        "an answer may take any time",
        "forges/client.py",
        "    guard.start()\n",
        "",
        f"{LIES}::test_an_answer_that_drips_for_ever_ends_by_itself",
    ),
    Mutation(
        "what is cut off is an answer",
        "forges/client.py",
        "            _left(end)  # what was cut off may look like a whole answer\n",
        "",
        f"{LIES}::test_an_answer_that_drips_for_ever_ends_by_itself",
    ),
    Mutation(
        "an answer that cannot be read is a bug",
        "forges/client.py",
        "except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:",
        "except UnicodeDecodeError as error:",
        f"{LIE}[github-a page]",
    ),
    Mutation(
        "no answer is a bug",
        "forges/client.py",
        "except (OSError, HTTPException, ValueError) as error:",
        "except OSError as error:",
        f"{LIE}[github-chunks that are none]",
    ),
    Mutation(
        "a forge's reason is told with the token",
        "forges/client.py",
        '            text = text.replace(secret, "***")\n',
        "            pass\n",
        f"{FORGES}::test_a_token_that_the_forge_repeats_is_not_told",
    ),
    Mutation(
        "any address is used",
        "forges/client.py",
        "    if not good or not url.isascii()",
        "    if not url.isascii()",
        f"{LIES}::test_an_address_that_is_none_is_told",
    ),
    Mutation(
        "commented, whatever the answer says",
        "forges/github.py",
        "    id: int\n    html_url: str\n",
        '    id: int = 0\n    html_url: str = ""\n',
        f"{LIE}[github-an empty object]",
    ),
    Mutation(
        "commented, whatever the answer says (GitLab)",
        "forges/gitlab.py",
        "class _Note(msgspec.Struct):\n    id: int\n",
        "class _Note(msgspec.Struct):\n    id: int = 0\n",
        f"{LIE}[gitlab-an empty object]",
    ),
    *(
        Mutation(
            f"commented, whatever the answer says ({forge})",
            f"forges/{forge}.py",
            before,
            after,
            f"{LIE}[{forge}-an empty object]",
        )
        for forge, before, after in (
            (
                "azure",
                (
                    "class _NewThread(msgspec.Struct):\n    id: int\n"
                    "    comments: Annotated[list[_Comment], msgspec.Meta(min_length=1)]\n"
                ),
                (
                    "class _NewThread(msgspec.Struct):\n    id: int = 0\n"
                    "    comments: tuple[_Comment, ...] = (_Comment(1),)\n"
                ),
            ),
            (
                "gitea",
                "    id: int\n    html_url: str\n",
                '    id: int = 0\n    html_url: str = ""\n',
            ),
        )
    ),
    Mutation(
        "Bitbucket shows our mark",
        "forges/bitbucket.py",
        '_MARK.sub(r"[\\1]: #\\n\\n", body, count=1)',
        "body",
        f"{FORGES}::test_create_then_leave_then_update_then_all_clear",
    ),
    Mutation(
        "an access token takes anybody's comment for its own",
        "forges/bitbucket.py",
        "for comment in marked if comment.bot)",
        "for comment in marked)",
        f"{FORGES}::test_an_access_token_knows_its_comment",
    ),
    Mutation(
        "a password is told",
        "forges/client.py",
        '        if scheme == "Basic":\n',
        "        if False:\n",
        f"{FORGES}::test_an_account_with_an_api_token_signs_in_by_name",
    ),
    Mutation(
        "an address ends the link that it stands in",
        "forges/links.py",
        "    if not _ADDRESS.fullmatch(web) or not",
        "    if not",
        f"{LINKS}::test_no_link_where_its_address_cannot_be_told",
    ),
    Mutation(
        "a repository is any path",
        "forges/comment.py",
        "    if not name.fullmatch(repository) or",
        "    if",
        f"{LIES}::test_a_repository_that_is_none_is_told",
    ),
    Mutation(
        "a token is any text",
        "forges/comment.py",
        '            if not token.isascii() or not token.isprintable() or " " in token:\n',
        "            if not token:\n",
        f"{LIES}::test_a_token_with_odd_letters_is_told",
    ),
    Mutation(
        "a mark has any length",
        "forges/comment.py",
        "_LONGEST_KEY = 200",
        "_LONGEST_KEY = 200_000",
        f"{LIES}::test_no_name_of_a_folder_makes_the_mark_too_long",
    ),
    Mutation(
        "the newest of ours stays",
        "forges/comment.py",
        "    first, *rest = found\n",
        "    *rest, first = found\n",
        f"{LIES}::test_two_comments_of_an_earlier_race_become_one",
    ),
    Mutation(
        "anybody's mark is ours",
        "forges/conversation.py",
        "if comment.author in self._mine]",
        "]",
        f"{FORGES}::test_a_forged_mark_is_only_text",
    ),
    Mutation(
        "anybody had our token",
        "forges/conversation.py",
        "            if self._trusts(comment):\n",
        "            if True:\n",
        f"{LIES}::test_a_changed_token_removes_what_its_forerunner_wrote",
    ),
    Mutation(
        "any bot had our token",
        "forges/github.py",
        "        if comment.bot or not comment.author:\n            return False\n",
        "        if comment.bot:\n            return True\n",
        f"{OWN}::test_what_the_jobs_own_account_wrote_makes_room_for_a_token_of_ours",
    ),
    Mutation(
        "an older run writes",
        "forges/conversation.py",
        "return bool(self._target.head) and head != self._target.head",
        "return False",
        f"{LIES}::test_an_older_run_does_not_overwrite_the_newer_verdict",
    ),
    Mutation(
        "nobody looks again",
        "forges/conversation.py",
        "        if self._wrote and not self._outdated():\n",
        "        if False:\n",
        f"{LIES}::test_two_first_runs_at_once_leave_one_comment",
    ),
    Mutation(
        "a run that looks again writes over a newer one",
        "forges/conversation.py",
        "        if self._wrote and not self._outdated():\n",
        "        if self._wrote:\n",
        f"{LIES}::test_a_run_that_looks_again_too_late_writes_no_more",
    ),
    Mutation(
        "any number of comments",
        "forges/conversation.py",
        'if action == "created" and left <= 0:',
        'if action == "created" and left <= -1000:',
        f"{FORKS}::test_any_number_of_projects_makes_a_bounded_number_of_comments",
    ),
    Mutation(
        "a fork's head is checked out",
        "project/pull_request.py",
        'return fetching.present(repository, endpoints.head, "head", fetch=endpoints.fetch)',
        'repository.git.run("checkout", "-q", endpoints.head); return endpoints.head',
        f"{FORKS}::test_nothing_of_it_is_run",
    ),
    Mutation(
        "a link of a fork is a file",
        "git/index_entry.py",
        'REGULAR, LINK = "100", "120000"',
        'REGULAR, LINK = "1", "120000"',
        f"{FORKS}::test_a_link_in_it_is_no_file",
    ),
    Mutation(
        "a name of a fork is Markdown",
        "reports/markdown_escape.py",
        "    if _TAME.fullmatch(shown) and not _LINK.search(shown):\n",
        "    if True:\n",
        f"{FORKS}::test_a_name_in_it_is_only_text",
    ),
    Mutation(
        "a fork leaves its tasks out in silence",
        "project/coverage.py",
        "    if project.is_selective and not any(map(project.selects, paths)):\n",
        "    if False:\n",
        f"{FORKS}::test_leaving_its_tasks_out_is_told",
    ),
    Mutation(
        "an all clear stays over a head that cannot be judged",
        "cli/commands/comment.py",
        "            replace_verdict(error, named, os.environ, configuration)\n",
        "            pass\n",
        f"{FORKS}::test_what_cannot_be_judged_leaves_no_older_verdict",
    ),
    Mutation(
        "a fork accepts in silence",
        "project/pull_request.py",
        'accepted = words[0] if words and task.outputs_changed else ""',
        'accepted = ""',
        f"{FORKS}::test_an_acceptance_in_its_lock_is_shown_with_its_reason",
    ),
    Mutation(
        "a job of an older head comments",
        "forges/conversation.py",
        "return bool(self._target.head) and head != self._target.head",
        "return False",
        f"{FORKS}::test_a_head_that_moved_on_is_left_to_its_newer_run",
    ),
    Mutation(
        "a run by another configuration has the same comments",
        "forges/comment.py",
        'named = f"({_safe(configuration)})" if configuration else ""',
        'named = ""',
        f"{LIES}::test_a_run_by_another_configuration_keeps_its_own_comment",
    ),
    Mutation(
        "any certificate is believed",
        "forges/client.py",
        '"https": HTTPSConnection}',
        '"https": lambda *a, **k: HTTPSConnection(  # type: ignore\n'
        '        *a, context=__import__("ssl")._create_unverified_context(), **k)}',
        f"{OWN}::test_a_certificate_that_nobody_signed_is_refused",
    ),
    Mutation(
        "a fork's head is taken for the checkout",
        "forges/actions_event.py",
        'apart=environ.get("GITHUB_EVENT_NAME") == _TRUSTED',
        "apart=False",
        f"{FORKS}::test_the_verdict_is_that_of_the_head_and_no_word_of_it_is_believed",
    ),
]
