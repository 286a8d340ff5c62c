# StackAsk: what the stack answers to the program itself, by tests/tools/stack_ask.
package StackAsk;

use strict;
use warnings;

use Cwd qw(realpath);
use Exporter qw(import);
use File::Basename qw(dirname);
use IPC::Run ();

our @EXPORT = qw(ask_stack);
my $build = $ENV{PGWATCH_BUILD} // realpath(dirname(__FILE__) . '/../..') . '/build';

# CONFIG VERB NODE: { status, described, lines => [ [NODE, LINE] ... ], ok, message, hint }
sub ask_stack
{
	my ($config, $verb, $node, %options) = @_;
	my $out = '';
	my %answer = (lines => [], ok => 0, message => '', hint => '');
	my %env = %{ $options{env} // {} };
	local @ENV{ keys %env } = values %env;
	IPC::Run::run([ "$build/tests/tools/stack_ask", $config, $verb, $node ], '<', \undef, '>', \$out,
		IPC::Run::timeout(900));
	$answer{status} = $? >> 8;
	for (split /\n/, $out)
	{
		my ($word, @rest) = split /\t/;
		push @{ $answer{lines} }, \@rest if $word eq 'line';
		$answer{described} = $rest[0] if $word eq 'described';
		$answer{ok} = 1 if $word eq 'done';
		@answer{qw(message hint)} = @rest if $word eq 'failed';
	}
	return \%answer;
}

1;
