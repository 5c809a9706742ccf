"""Ways to break what `docs/trust.md` promises, each with the test that must notice it."""

from __future__ import annotations

from typing import NamedTuple

HOSTILE = "tests/safety/test_hostile_repository.py"
NAMES = "tests/safety/test_hostile_names.py"
REPORTS = "tests/reports/test_hostile_names.py"
BYTES = "tests/safety/test_byte_names.py"
FAULTS = "tests/safety/test_faults.py"
TOKENS = "tests/safety/test_tokens.py"
FILES = "tests/git/test_files.py"
TREES = "tests/git/test_trees.py"
LIES = "tests/forges/test_lying_forges.py"
FORGES = "tests/forges/test_forges.py"
FORKS = "tests/cli/test_forks.py"
ARCHIVE = "tests/flyte/test_verify_archive.py"
FIGURES = "tests/safety/test_threat_model.py::test_the_figures_are_those_of_the_code"
LIE = f"{LIES}::test_a_lie_ends_in_one_line_and_in_one_comment"


class Mutation(NamedTuple):
    """In the package's `file`, `before` stands once; with `after` instead, `test` must fail."""

    name: str
    file: str
    before: str
    after: str
    test: str


_GIT = [
    Mutation(
        "a file system monitor is asked",
        "git/process.py",
        '"-c", "core.fsmonitor=false", ',
        "",
        f"{HOSTILE}::test_no_verb_that_reads_runs_anything",
    ),
    Mutation(
        "paths are patterns",
        "git/process.py",
        ', "--literal-pathspecs")',
        ")",
        "tests/incremental/test_lock_history.py::test_a_lock_path_is_taken_literally",
    ),
    Mutation(
        "replaced objects are read",
        "git/process.py",
        '"GIT_NO_REPLACE_OBJECTS": "1",',
        "",
        "tests/git/test_repository.py::test_replaced_objects_are_read_as_they_were",
    ),
    Mutation(
        "what a partial clone lacks is fetched",
        "git/process.py",
        '"GIT_ALLOW_PROTOCOL": "none",',
        "",
        f"{HOSTILE}::test_what_a_partial_clone_lacks_is_not_fetched",
    ),
    Mutation(
        "a fetch runs helpers",
        "git/process.py",
        '_PROTOCOLS = "file:git:http:https:ssh"',
        '_PROTOCOLS = "ext:file:git:http:https:ssh"',
        f"{HOSTILE}::test_a_fetch_that_was_asked_for_runs_no_helper_of_the_repository",
    ),
    Mutation(
        "a fetch has no time limit",
        "git/process.py",
        "online._seconds = ONLINE_SECONDS",
        "online._seconds = None",
        "tests/git/test_fetching.py::test_a_remote_that_does_not_answer_is_given_up",
    ),
    Mutation(
        "a hook starts what is in the current folder",
        "git/hook_scripts.py",
        "sys.path[:] = [entry for entry in sys.path if entry]; ",
        "",
        f"{HOSTILE}::test_a_package_of_our_name_is_not_ours",
    ),
    Mutation(
        "forged names of a tree are files",
        "git/repository.py",
        "and not (forged and is_forged(path))",
        "",
        f"{TREES}::test_a_name_that_git_never_checks_out_is_no_file",
    ),
    Mutation(
        "a submodule is a file",
        "git/repository.py",
        '_REGULAR = "100"',
        '_REGULAR = "1"',
        f"{TREES}::test_a_submodule_is_no_file",
    ),
]
_DISK = [
    Mutation(
        "linked folders are entered",
        "git/trees.py",
        "stat.S_ISDIR(self._mode(prefix))",
        "os.path.isdir(f'{self._root}/{prefix}')",
        f"{TREES}::test_a_folder_replaced_by_a_symlink_leads_nowhere",
    ),
    Mutation(
        "links are followed",
        "git/trees.py",
        'getattr(os, "O_NOFOLLOW", 0) | ',
        "",
        f"{TREES}::test_a_file_that_became_a_symlink_after_listing_is_not_followed",
    ),
    Mutation(
        "links are files",
        "git/trees.py",
        'return os.lstat(f"{self._root}/{path}").st_mode',
        'return os.stat(f"{self._root}/{path}").st_mode',
        f"{TREES}::test_a_file_replaced_by_a_symlink_is_gone",
    ),
    Mutation(
        "writes go through links",
        "git/atomic_write.py",
        "        _refuse_indirect(disk, change.path)\n",
        "",
        f"{FILES}::test_a_path_that_leads_elsewhere_is_refused",
    ),
    Mutation(
        "two names of one file are written",
        "git/atomic_write.py",
        "            _refuse_twin(root, change.path, seen)\n",
        "            pass\n",
        f"{FAULTS}::test_two_names_that_the_disk_takes_for_one_are_refused",
    ),
    Mutation(
        "nobody looks again before the rename",
        "git/atomic_write.py",
        "            _verify(root, changes)\n            _rename(",
        "            _rename(",
        f"{FILES}::test_a_change_made_while_drafts_are_written_is_kept",
    ),
    Mutation(
        "a failed rename is left half",
        "git/atomic_write.py",
        "        left = _undo(root, tried)\n",
        "        left = []\n",
        f"{FILES}::test_a_failing_rename_takes_the_others_back",
    ),
    Mutation(
        "an interrupt leaves half",
        "git/atomic_write.py",
        "        _undo(root, tried)\n        raise\n",
        "        raise\n",
        f"{FILES}::test_an_interrupt_between_two_renames_takes_the_first_back",
    ),
    Mutation(
        "a draft of a private file is anybody's",
        "git/atomic_write.py",
        "return os.open(path, flags, 0o600)",
        "return os.open(path, flags, 0o666)",
        f"{FILES}::test_a_draft_of_what_only_its_owner_reads_is_nobody_elses",
    ),
    Mutation(
        "a note names any file",
        "git/drafts.py",
        "if inside and named and",
        "if inside and",
        f"{FILES}::test_a_forged_note_takes_nothing_away",
    ),
    Mutation(
        "a note leads out",
        "git/drafts.py",
        'inside = not path.startswith("/") and ".." not in path.split("/")',
        "inside = True",
        f"{FILES}::test_a_forged_note_takes_nothing_away",
    ),
    Mutation(
        "an edit is not proved",
        "verdict/rewrite.py",
        "    _prove(source, result, ordered)\n",
        "",
        "tests/verdict/test_rewrite.py::test_refusals",
    ),
    Mutation(
        "edits of another file's state are made",
        "verdict/rewrite.py",
        "    _refuse_misfits(source, ordered)\n",
        "",
        "tests/verdict/test_rewrite.py::test_refusals",
    ),
]
_TEXT = [
    Mutation(
        "controls are shown as they are",
        "verdict/wording.py",
        "    return ascii(character)[1:-1]\n",
        "    return character\n",
        f"{REPORTS}::test_no_control_reaches_a_terminal",
    ),
    Mutation(
        "marks that nobody sees are shown as they are",
        "verdict/wording.py",
        "if character.isprintable() and not _INVISIBLE.match(character):",
        "if character.isprintable():",
        f"{BYTES}::test_a_mark_that_nobody_sees_is_shown",
    ),
    Mutation(
        "a build server takes a name for a command",
        "verdict/wording.py",
        '.replace("##", "#\\\\x23")',
        "",
        f"{REPORTS}::test_no_line_is_a_command_to_a_build_server",
    ),
    Mutation(
        "a name is Markdown",
        "reports/markdown_escape.py",
        "    if _TAME.fullmatch(shown) and not _LINK.search(shown):\n",
        "    if True:\n",
        f"{REPORTS}::test_markdown_renders_to_our_own_markup_only",
    ),
    Mutation(
        "a name ends a workflow command",
        "reports/github.py",
        'return _data(text).replace(":", "%3A").replace(",", "%2C")',
        "return text",
        f"{REPORTS}::test_workflow_commands_are_only_ours",
    ),
    Mutation(
        "a name is a control in XML",
        "reports/junit.py",
        "name=inert(name), classname=inert(path)",
        "name=name, classname=path",
        f"{REPORTS}::test_xml_stays_xml",
    ),
    Mutation(
        "a name is markup of a page",
        "audit/html.py",
        "return escape(inert(text, limit), quote=True)",
        "return inert(text, limit)",
        f"{NAMES}::test_a_page_of_an_audit_has_no_markup_but_ours",
    ),
    Mutation(
        "a bug is told with its secrets",
        "cli/error_handler.py",
        "click.echo(_without_secrets(traceback.format_exc()), err=True)",
        "click.echo(traceback.format_exc(), err=True)",
        f"{TOKENS}::test_a_bug_is_told_without_it",
    ),
    Mutation(
        "a path that is not UTF-8 has no location",
        "interface/locations.py",
        "        return msgspec.Raw(json.dumps(entries).encode())\n",
        '        return msgspec.Raw(b"")\n',
        f"{BYTES}::test_locations_keep_any_path_and_any_name",
    ),
]
_BOUNDS = [
    Mutation(
        "a file is read whole",
        "source.py",
        "LARGEST = 64 * 1024 * 1024",
        "LARGEST = 64 * 1024 * 1024 * 1024",
        FIGURES,
    ),
    Mutation(
        "a source of any size is parsed",
        "python/names/syntax.py",
        "_LONGEST = 8 * 1024 * 1024",
        "_LONGEST = 8 * 1024 * 1024 * 1024",
        FIGURES,
    ),
    Mutation(
        "names are followed a thousand times as far",
        "tasks/file_reader.py",
        "EFFORT = 300_000",
        "EFFORT = 300_000_000",
        FIGURES,
    ),
    Mutation(
        "steps are not counted",
        "python/names/names.py",
        "            self.left -= steps\n",
        "            self.left -= 0\n",
        "tests/python/test_hostile.py::test_members_that_are_shown_all_earlier_ones_are_counted",
    ),
    Mutation(
        "a pattern is tried in every way",
        "project/config.py",
        'return f"(?=(?P<{name}>{text}))(?P={name})"',
        'return f"(?P<{name}>{text})"',
        "tests/project/test_config.py::"
        "test_no_pattern_takes_longer_than_its_length_times_the_path[stars]",
    ),
    Mutation(
        "a task of an archive has any size",
        "flyte/probe.py",
        "if member.size > _LARGEST_TASK:",
        "if member.size < 0:",
        f"{ARCHIVE}::test_what_is_packed_small_is_not_unpacked",
    ),
    Mutation(
        "an archive unpacks to any size",
        "flyte/probe.py",
        "if total > _LARGEST_ARCHIVE:",
        "if total < 0:",
        f"{ARCHIVE}::test_what_is_packed_small_is_not_unpacked",
    ),
    Mutation(
        "an archive is read for ever",
        "cli/commands/verify.py",
        "timeout=_ARCHIVE_SECONDS if archive else None",
        "timeout=None",
        f"{ARCHIVE}::test_an_archive_that_is_read_for_ever_is_given_up",
    ),
    Mutation(
        "modules beside an archive are run",
        "cli/commands/verify.py",
        "[request.python, str(program), str(file)]",
        "[request.python, '-c', program.read_text(), str(file)]",
        f"{ARCHIVE}::test_a_module_of_the_current_folder_is_not_run",
    ),
]
_FORGES = [
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
        '                text = text.replace(spelled, "***")\n',
        "                pass\n",
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
    Mutation(
        "a repository is any path",
        "forges/github.py",
        "    if not _NAME.fullmatch(target.repository) or",
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
        f"{LIES}::test_what_the_jobs_own_account_wrote_makes_room_for_a_token_of_ours",
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
        "a fork's head is taken for the checkout",
        "forges/github.py",
        'apart=environ.get("GITHUB_EVENT_NAME") == _TRUSTED',
        "apart=False",
        f"{FORKS}::test_the_verdict_is_that_of_the_head_and_no_word_of_it_is_believed",
    ),
]
MUTATIONS = [*_GIT, *_DISK, *_TEXT, *_BOUNDS, *_FORGES]
