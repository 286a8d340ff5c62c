# What a shell sees of the program whatever the command: statuses, streams that are closed or full,
# and a mistyped command.
use strict;
use warnings;

use Cwd qw(realpath);
use Test::More;

my $program = realpath($ENV{PGWATCH_TUI} // './pgwatch-tui');

# In a shell, because the redirections are what is tested; "$0" is the program.
sub shell
{
	my ($script) = @_;
	my $pid = open my $pipe, '-|', 'bash', '-c', "($script) 2>&1", $program or die;
	local $/;
	my $out = <$pipe> // '';
	close $pipe;
	return ($? >> 8, $out);
}

my ($status, $out);

for (['stauts', 'no command "stauts"'], ["\e[31m", 'no command'], ['--nonsense', 'unrecognized option'],
	['demo --nonsense', 'unrecognized option'], ['demo cluster.yaml', 'takes no CONFIG'])
{
	my ($words, $message) = @$_;
	($status, $out) = shell("\"\$0\" $words");
	is($status, 64, "$words: status");
	like($out, qr/\Q$message\E/, "$words: what is wrong is said");
	like($out, qr/Try 'pgwatch-tui/, '... and where to look');
	like($out, qr/^(?:\S.*\/)?pgwatch-tui: /, '... with the name of the program before it');
	unlike($out, qr/\e/, '... and nothing reaches the terminal as it is');
}
($status, $out) = shell('"$0" ./stauts');
is($status, 78, 'what looks like a path is a CONFIG');

for my $words ('-h', '--help', 'help')
{
	($status, $out) = shell("\"\$0\" $words");
	is($status, 0, "$words: status");
	like($out, qr/^Commands:/m, "$words: the commands");
}
($status, $out) = shell('"$0" help demo');
is($out, (shell('"$0" demo --help'))[1], 'help COMMAND is COMMAND --help');

($status, $out) = shell('"$0" --help >/dev/full');
is($status, 2, 'a full disk is no success');
like($out, qr/standard output: No space left/, '... and is said');

# The reader is gone before the first line: it holds the fifo until the writer has it too.
($status, $out) = shell('exec 3> >(:); wait $!; "$0" --help >&3');
is($status, 2, 'a reader that is gone: status');
is($out, '', '... and nobody is told: he knows');

# Without this, the first file that is opened would get what is meant for a message.
($status, $out) = shell('"$0" status /nonexistent.yaml <&- >&- 2>&-');
is($status, 78, 'without standard streams it works as with them');

done_testing();
